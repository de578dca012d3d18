import { isFree, WORLD } from '../../schema/index.ts';

/** A free place in the circle where newcomers begin; its middle when none was found. Numbers as they travel. */
export function startingPlace(random: { number(): number }): { x: number; y: number } {
  const { x, y, radius } = WORLD.start;
  for (let attempt = 0; attempt < 32; attempt++) {
    const angle = random.number() * Math.PI * 2;
    // The root spreads them evenly over the circle.
    const away = Math.sqrt(random.number()) * radius;
    const place = { x: Math.fround(x + Math.cos(angle) * away), y: Math.fround(y + Math.sin(angle) * away) };
    if (isFree(place.x, place.y)) return place;
  }
  return { x, y };
}
