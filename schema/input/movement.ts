/**
 * How a player moves: the same function on the server and in the client's
 * prediction. It lies with the wire because both ends must agree on it to the
 * last bit; see docs/adr/0002-movement-is-wire.md.
 */

export interface Wall {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** World units are about a pixel at zoom 1. Speed is in units a second. */
export const WORLD = {
  width: 1600,
  height: 1000,
  playerRadius: 18,
  speed: 280,
  walls: [
    { x: 380, y: 220, width: 60, height: 360 },
    { x: 700, y: 120, width: 320, height: 50 },
    { x: 820, y: 560, width: 50, height: 300 },
    { x: 1180, y: 360, width: 240, height: 60 },
  ] as readonly Wall[],
} as const;

export interface Mover {
  x: number;
  y: number;
  yaw: number;
}

const STICK_MAX = 127;

/** Moves `body` by one step of `dt` seconds. Slides along walls, stays inside the border. Mutates and returns nothing. */
export function stepMovement(body: Mover, input: { mx: number; my: number }, dt: number): void {
  let dx = input.mx / STICK_MAX;
  let dy = input.my / STICK_MAX;
  const length = Math.sqrt(dx * dx + dy * dy);
  if (length === 0) return;
  if (length > 1) {
    dx /= length;
    dy /= length;
  }
  const distance = WORLD.speed * dt;
  // One axis after the other, so that a player slides along a wall.
  body.x = Math.fround(moveAxis(body.x, dx * distance, body.y, 'x'));
  body.y = Math.fround(moveAxis(body.y, dy * distance, body.x, 'y'));
  body.yaw = Math.fround(Math.atan2(dy, dx));
}

function moveAxis(from: number, by: number, other: number, axis: 'x' | 'y'): number {
  const r = WORLD.playerRadius;
  const limit = axis === 'x' ? WORLD.width : WORLD.height;
  let to = Math.min(Math.max(from + by, r), limit - r);
  for (const wall of WORLD.walls) {
    const near = axis === 'x' ? wall.x - r : wall.y - r;
    const far = axis === 'x' ? wall.x + wall.width + r : wall.y + wall.height + r;
    const sideNear = axis === 'x' ? wall.y - r : wall.x - r;
    const sideFar = axis === 'x' ? wall.y + wall.height + r : wall.x + wall.width + r;
    const beside = other <= sideNear || other >= sideFar;
    if (beside) continue;
    if (by > 0 && from <= near && to > near) to = near;
    if (by < 0 && from >= far && to < far) to = far;
  }
  return to;
}

/** True when a circle of the player's radius at this place touches no wall and lies inside the border. */
export function isFree(x: number, y: number): boolean {
  const r = WORLD.playerRadius;
  if (x < r || y < r || x > WORLD.width - r || y > WORLD.height - r) return false;
  return !WORLD.walls.some(
    (wall) => x > wall.x - r && x < wall.x + wall.width + r && y > wall.y - r && y < wall.y + wall.height + r,
  );
}
