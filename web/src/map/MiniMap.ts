import { element } from '../element.ts';
import type { Frame } from '../world/Camera.ts';
import { watchPalette } from '../world/palette.ts';
import { placeAt } from '../world/places.ts';
import { type Dot, drawMap } from './draw-map.ts';

/** It changes little: twenty times a second is smooth enough. */
const EVERY_MS = 50;

/** The map in the corner: the world, everybody in it, and what of it the page shows. In words, too. */
export class MiniMap {
  readonly #canvas = element<HTMLCanvasElement>('map');
  readonly #context = this.#canvas.getContext('2d')!;
  readonly #palette = watchPalette();
  #drawnAt = Number.NEGATIVE_INFINITY;

  /** One frame at `now`. */
  show({ dots, seen, now }: { readonly dots: readonly Dot[]; readonly seen: Frame; readonly now: number }): void {
    if (now - this.#drawnAt < EVERY_MS) return;
    this.#drawnAt = now;
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const ratio = window.devicePixelRatio;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== wide) this.#canvas.width = wide;
    if (this.#canvas.height !== high) this.#canvas.height = high;
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawMap(this.#context, { width, height }, { dots, seen, palette: this.#palette() });
    this.#say(dots);
  }

  #say(dots: readonly Dot[]): void {
    const own = dots.find(({ kind }) => kind === 'own');
    if (own === undefined) return;
    const others = dots.length - 1;
    const inSight = dots.filter(({ kind }) => kind === 'near').length;
    const who =
      others === 0
        ? 'Nobody else is here.'
        : `${others} ${others === 1 ? 'other is' : 'others are'} here, ${inSight} in sight.`;
    const label = `Map of the world. You are at the ${placeAt(own).name}. ${who}`;
    if (this.#canvas.ariaLabel !== label) this.#canvas.ariaLabel = label;
  }
}
