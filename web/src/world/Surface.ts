import type { Camera } from './Camera.ts';

/** A canvas that fills the page and is as sharp as the screen. */
export class Surface {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  width = 0;
  height = 0;
  #ratio = 1;

  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d', { alpha: false })!;
  }

  /** Takes the size of the element and of the screen's pixels. True when either has changed. */
  measure(): boolean {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const ratio = window.devicePixelRatio;
    if (width === this.width && height === this.height && ratio === this.#ratio) return false;
    this.width = width;
    this.height = height;
    this.#ratio = ratio;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    return true;
  }

  /** From here on coordinates are CSS pixels of the page. */
  usePage(): void {
    this.context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
  }

  /** From here on coordinates are world units. */
  useWorld(camera: Camera): void {
    const scale = this.#ratio * camera.zoom;
    const { x, y } = camera.toPage({ x: 0, y: 0 });
    this.context.setTransform(scale, 0, 0, scale, x * this.#ratio, y * this.#ratio);
  }
}
