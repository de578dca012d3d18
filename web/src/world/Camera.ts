import { WORLD } from '@gatehouse/client';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle, in CSS pixels of the page or in world units. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** How much of what lies outside the world may be seen, in world units. */
const MARGIN = 100;
/** The side of a square view at zoom 1, in CSS pixels. */
const COMFORTABLE = 840;
const LEAST_ZOOM = 0.8;
const MOST_ZOOM = 2;
/** The camera closes 63 % of its way to the player in so many milliseconds. */
const FOLLOW_MS = 110;

/** Which part of the world is seen, and how large. Knows no canvas. */
export class Camera {
  x: number = WORLD.width / 2;
  y: number = WORLD.height / 2;
  zoom = 1;
  /** The part of the page that nothing covers; its centre is where the camera looks. */
  #free: Frame = { left: 0, top: 0, right: 1, bottom: 1 };

  get free(): Frame {
    return this.#free;
  }

  fit(free: Frame): void {
    this.#free = free;
    const side = Math.sqrt((free.right - free.left) * (free.bottom - free.top));
    this.zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, side / COMFORTABLE));
  }

  /** One frame, `dtMs` after the last. `atOnce`: without gliding there. */
  follow(target: Point, { dtMs, atOnce }: { readonly dtMs: number; readonly atOnce: boolean }): void {
    const { left, top, right, bottom } = this.#free;
    const x = held(target.x, (right - left) / 2 / this.zoom, WORLD.width);
    const y = held(target.y, (bottom - top) / 2 / this.zoom, WORLD.height);
    const part = atOnce ? 1 : 1 - Math.exp(-dtMs / FOLLOW_MS);
    this.x += (x - this.x) * part;
    this.y += (y - this.y) * part;
  }

  /** World → page, in CSS pixels. */
  toPage({ x, y }: Point): Point {
    const { left, top, right, bottom } = this.#free;
    return { x: (left + right) / 2 + (x - this.x) * this.zoom, y: (top + bottom) / 2 + (y - this.y) * this.zoom };
  }

  /** What a part of the page shows, in world units; also what lies outside of the world. */
  shown({ left, top, right, bottom }: Frame): Frame {
    const origin = this.toPage({ x: 0, y: 0 });
    const x = (page: number): number => (page - origin.x) / this.zoom;
    const y = (page: number): number => (page - origin.y) / this.zoom;
    return { left: x(left), top: y(top), right: x(right), bottom: y(bottom) };
  }

  /** Page → world, held inside the world's border. */
  toWorld({ x, y }: Point): Point {
    const origin = this.toPage({ x: 0, y: 0 });
    return this.within({ x: (x - origin.x) / this.zoom, y: (y - origin.y) / this.zoom });
  }

  /** The nearest place in the world. */
  within({ x, y }: Point): Point {
    return { x: Math.min(Math.max(x, 0), WORLD.width), y: Math.min(Math.max(y, 0), WORLD.height) };
  }
}

/** The nearest place to `wanted` from which no more than the margin outside is seen; the middle when all is seen. */
function held(wanted: number, half: number, size: number): number {
  const least = half - MARGIN;
  const most = size + MARGIN - half;
  return least > most ? size / 2 : Math.min(Math.max(wanted, least), most);
}
