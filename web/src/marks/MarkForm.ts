import { element } from '../element.ts';
import type { Camera, Point } from '../world/Camera.ts';

const GAP = 12;
/** Height of a pin, in world units. */
const PIN = 40;

/** The small form for the label of a new mark, near the place where it will be. */
export class MarkForm {
  readonly #form = element<HTMLFormElement>('mark-form');
  readonly #label = element<HTMLInputElement>('mark-label');
  readonly #camera: Camera;
  readonly #onClose: () => void;
  #at: Point | null = null;

  constructor(parts: { camera: Camera; onPlace: (at: Point, label: string) => void; onClose: () => void }) {
    this.#camera = parts.camera;
    this.#onClose = parts.onClose;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const at = this.#at;
      const label = this.#label.value.trim();
      this.close();
      if (at !== null) parts.onPlace(at, label);
    });
    element('mark-cancel').addEventListener('click', () => this.close());
    this.#form.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
    });
  }

  get isOpen(): boolean {
    return this.#at !== null;
  }

  open(at: Point): void {
    this.#at = at;
    this.#label.value = '';
    this.#form.hidden = false;
    const { left, right, top, bottom } = this.#camera.free;
    const { offsetWidth, offsetHeight } = this.#form;
    const page = this.#camera.toPage(at);
    const x = clamp(page.x - offsetWidth / 2, left + GAP, right - offsetWidth - GAP);
    const above = page.y - PIN * this.#camera.zoom - offsetHeight - GAP;
    const y = above < top + GAP ? page.y + GAP : Math.min(above, bottom - offsetHeight - GAP);
    this.#form.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
    this.#label.focus({ preventScroll: true });
  }

  close(): void {
    if (this.#at === null) return;
    this.#at = null;
    this.#form.hidden = true;
    this.#onClose();
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
