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
  width: 4800,
  height: 3000,
  playerRadius: 18,
  speed: 280,
  /** Newcomers begin within this circle, so that they meet. */
  start: { x: 2400, y: 1500, radius: 420 },
  walls: [
    // The court, in the middle.
    { x: 1980, y: 1220, width: 60, height: 360 },
    { x: 2300, y: 1120, width: 320, height: 50 },
    { x: 2420, y: 1560, width: 50, height: 300 },
    { x: 2780, y: 1360, width: 240, height: 60 },
    // North-west, the orchard: hedges.
    { x: 300, y: 260, width: 260, height: 46 },
    { x: 800, y: 260, width: 260, height: 46 },
    { x: 300, y: 640, width: 260, height: 46 },
    { x: 800, y: 640, width: 260, height: 46 },
    { x: 1300, y: 330, width: 50, height: 290 },
    // North, the hall: open to the court.
    { x: 1950, y: 190, width: 900, height: 56 },
    { x: 1950, y: 246, width: 56, height: 300 },
    { x: 2794, y: 246, width: 56, height: 300 },
    // North-east, the pillars.
    { x: 3640, y: 210, width: 110, height: 110 },
    { x: 4250, y: 210, width: 110, height: 110 },
    { x: 3640, y: 620, width: 110, height: 110 },
    { x: 4250, y: 620, width: 110, height: 110 },
    { x: 3945, y: 415, width: 110, height: 110 },
    // West, the mill.
    { x: 300, y: 1240, width: 60, height: 480 },
    { x: 360, y: 1240, width: 320, height: 60 },
    { x: 940, y: 1460, width: 60, height: 340 },
    // East, the market: stalls.
    { x: 3560, y: 1260, width: 190, height: 64 },
    { x: 3930, y: 1260, width: 190, height: 64 },
    { x: 4300, y: 1260, width: 190, height: 64 },
    { x: 3560, y: 1660, width: 190, height: 64 },
    { x: 3930, y: 1660, width: 190, height: 64 },
    { x: 4300, y: 1660, width: 190, height: 64 },
    // South-west, the garden.
    { x: 260, y: 2260, width: 56, height: 440 },
    { x: 316, y: 2644, width: 420, height: 56 },
    { x: 680, y: 2240, width: 56, height: 230 },
    { x: 1080, y: 2420, width: 300, height: 50 },
    // South, the quay.
    { x: 1820, y: 2700, width: 1160, height: 60 },
    { x: 2120, y: 2300, width: 56, height: 210 },
    { x: 2624, y: 2300, width: 56, height: 210 },
    // South-east, the library: shelves.
    { x: 3620, y: 2260, width: 52, height: 430 },
    { x: 3840, y: 2260, width: 52, height: 430 },
    { x: 4060, y: 2260, width: 52, height: 430 },
    { x: 4280, y: 2260, width: 52, height: 430 },
  ] as readonly Wall[],
} as const;

export interface Mover {
  x: number;
  y: number;
  yaw: number;
}

const STICK_MAX = 127;

/** Where the middle of a player may not be, for a move along either axis: a wall and a radius around it. */
const edges = {
  x: WORLD.walls.map(({ x, y, width, height }) => edgesOf(x, width, y, height)),
  y: WORLD.walls.map(({ x, y, width, height }) => edgesOf(y, height, x, width)),
};

function edgesOf(start: number, length: number, sideStart: number, sideLength: number) {
  const r = WORLD.playerRadius;
  return { near: start - r, far: start + length + r, sideNear: sideStart - r, sideFar: sideStart + sideLength + r };
}

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
  for (const { near, far, sideNear, sideFar } of edges[axis]) {
    if (other <= sideNear || other >= sideFar) continue;
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
