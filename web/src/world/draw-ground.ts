import { WORLD } from '@gatehouse/client';
import type { Frame } from './Camera.ts';
import { FAMILY } from './draw-text.ts';
import type { Palette } from './palette.ts';
import { PLACES } from './places.ts';

type Context = CanvasRenderingContext2D;

const DOT_EVERY = 40;
const CORNER = 16;
const WALL_CORNER = 9;
/** How far the front of a wall is seen, in world units. */
const WALL_DEPTH = 9;
/** Darker parts of the floor, a place each: in world units. */
const INLAYS: ReadonlyArray<readonly [x: number, y: number, width: number, height: number]> = [
  [180, 180, 1000, 600],
  [2006, 246, 788, 400],
  [3560, 130, 880, 680],
  [240, 1180, 860, 640],
  [3480, 1200, 1090, 580],
  [200, 2200, 620, 560],
  [1820, 2240, 1160, 460],
  [3540, 2200, 880, 550],
  [2610, 1090, 520, 210],
];

/** The floor with its grid, and the walls: what of them is within `seen`. Coordinates are world units. */
export function drawGround(context: Context, palette: Palette, seen: Frame): void {
  const { width, height } = WORLD;
  context.fillStyle = palette.shade;
  roundRect(context, -6, 2, width + 12, height + 14, CORNER + 4);
  context.fillStyle = palette.ground;
  roundRect(context, 0, 0, width, height, CORNER);
  drawInlays(context, palette, seen);
  drawDots(context, palette, seen);
  for (const wall of WORLD.walls) {
    const { x, y, width: w, height: h } = wall;
    if (!touches(seen, x, y, w, h)) continue;
    context.fillStyle = palette.shade;
    roundRect(context, x + 1, y + WALL_CORNER, w + 5, h - WALL_CORNER + WALL_DEPTH + 7, WALL_CORNER + 2);
    context.fillStyle = palette.wallSide;
    roundRect(context, x, y + WALL_CORNER, w, h - WALL_CORNER + WALL_DEPTH, WALL_CORNER);
    context.fillStyle = palette.wallEdge;
    roundRect(context, x, y, w, h, WALL_CORNER);
    context.fillStyle = palette.wallTop;
    roundRect(context, x + 2, y + 2, w - 4, h - 3, WALL_CORNER - 2);
  }
}

/** Something to find one's way by: floors, the names of the places, and the gate in the middle of the court. */
function drawInlays(context: Context, palette: Palette, seen: Frame): void {
  context.fillStyle = palette.inlay;
  for (const [x, y, width, height] of INLAYS) {
    if (touches(seen, x, y, width, height)) roundRect(context, x, y, width, height, 28);
  }
  drawGate(context, palette, { x: 2220, y: 1690 });
  context.fillStyle = palette.lettering;
  context.font = `800 108px ${FAMILY}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const { name, sign } of PLACES) {
    if (touches(seen, sign.x - 260, sign.y - 60, 520, 120)) context.fillText(name, sign.x, sign.y);
  }
}

function drawGate(context: Context, palette: Palette, { x, y }: { x: number; y: number }): void {
  context.fillStyle = palette.inlay;
  disc(context, x, y, 190);
  context.fillStyle = palette.ground;
  disc(context, x, y, 150);
  context.fillStyle = palette.inlay;
  disc(context, x, y, 132);
  context.strokeStyle = palette.lettering;
  context.lineWidth = 16;
  context.lineCap = 'butt';
  context.beginPath();
  context.moveTo(x - 52, y + 60);
  context.lineTo(x - 52, y);
  context.arc(x, y, 52, Math.PI, 0);
  context.lineTo(x + 52, y + 60);
  context.stroke();
}

function drawDots(context: Context, palette: Palette, seen: Frame): void {
  const first = (from: number): number => Math.max(1, Math.ceil(from / DOT_EVERY)) * DOT_EVERY;
  const right = Math.min(seen.right, WORLD.width - 1);
  const bottom = Math.min(seen.bottom, WORLD.height - 1);
  context.fillStyle = palette.dot;
  context.beginPath();
  for (let y = first(seen.top); y <= bottom; y += DOT_EVERY) {
    for (let x = first(seen.left); x <= right; x += DOT_EVERY) context.rect(x - 1.1, y - 1.1, 2.2, 2.2);
  }
  context.fill();
}

/** With a margin for what stands out of the rectangle. */
function touches(seen: Frame, x: number, y: number, width: number, height: number): boolean {
  const margin = 24;
  return (
    x - margin < seen.right &&
    y - margin < seen.bottom &&
    x + width + margin > seen.left &&
    y + height + margin > seen.top
  );
}

function disc(context: Context, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.fill();
}

function roundRect(context: Context, x: number, y: number, width: number, height: number, radius: number): void {
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
  context.fill();
}
