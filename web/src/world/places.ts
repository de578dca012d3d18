import type { Point } from './Camera.ts';

/** A part of the world with a name: what is written on its floor, and what the map calls it. */
export interface Place extends Point {
  readonly name: string;
  /** The middle of the writing, in world units. */
  readonly sign: Point;
}

export const PLACES: readonly Place[] = [
  { name: 'Orchard', x: 800, y: 480, sign: { x: 680, y: 480 } },
  { name: 'Hall', x: 2400, y: 480, sign: { x: 2400, y: 420 } },
  { name: 'Pillars', x: 4000, y: 480, sign: { x: 4000, y: 860 } },
  { name: 'Mill', x: 800, y: 1500, sign: { x: 650, y: 1500 } },
  { name: 'Court', x: 2400, y: 1500, sign: { x: 2790, y: 1890 } },
  { name: 'Market', x: 4000, y: 1500, sign: { x: 4025, y: 1492 } },
  { name: 'Garden', x: 800, y: 2500, sign: { x: 498, y: 2500 } },
  { name: 'Quay', x: 2400, y: 2500, sign: { x: 2400, y: 2590 } },
  { name: 'Library', x: 4000, y: 2500, sign: { x: 3976, y: 2820 } },
];

/** The place whose middle is nearest. */
export function placeAt({ x, y }: Point): Place {
  const away = (place: Place): number => Math.hypot(place.x - x, place.y - y);
  return PLACES.reduce((nearest, place) => (away(place) < away(nearest) ? place : nearest));
}
