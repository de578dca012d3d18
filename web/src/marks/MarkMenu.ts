import { element } from '../element.ts';
import type { Camera, Point } from '../world/Camera.ts';

/** What can be done with the selected mark, floating over its pin. */
export class MarkMenu {
  readonly #menu = element('mark-menu');
  readonly #camera: Camera;

  constructor(parts: { camera: Camera; onRemove: () => void; onFetch: () => void }) {
    this.#camera = parts.camera;
    element('mark-remove').addEventListener('click', parts.onRemove);
    element('mark-fetch').addEventListener('click', parts.onFetch);
  }

  /** Once a frame: over this mark, or away. */
  follow(mark: (Point & { readonly label: string }) | null): void {
    const { left, top, right, bottom } = this.#camera.free;
    const page = mark === null ? null : this.#camera.toPage(mark);
    const seen = page !== null && page.x > left && page.x < right && page.y > top && page.y < bottom;
    this.#menu.hidden = !seen;
    if (!seen || mark === null) return;
    this.#menu.ariaLabel = mark.label === '' ? 'Selected mark' : `Mark ${mark.label}`;
    const { offsetWidth, offsetHeight } = this.#menu;
    const x = Math.max(left + 8, Math.min(page.x - offsetWidth / 2, right - offsetWidth - 8));
    const y = Math.max(top + 8, page.y - 54 * this.#camera.zoom - offsetHeight);
    this.#menu.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }
}
