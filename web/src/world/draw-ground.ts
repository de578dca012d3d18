import { WORLD } from '@gatehouse/client';
import type { Palette } from './palette.ts';

type Context = CanvasRenderingContext2D;

const DOT_EVERY = 40;
const CORNER = 16;
const WALL_CORNER = 9;
/** How far the front of a wall is seen, in world units. */
const WALL_DEPTH = 9;

/** The floor with its grid, and the walls. Coordinates are world units. */
export function drawGround(context: Context, palette: Palette): void {
  const { width, height } = WORLD;
  context.fillStyle = palette.shade;
  roundRect(context, -6, 2, width + 12, height + 14, CORNER + 4);
  context.fillStyle = palette.ground;
  roundRect(context, 0, 0, width, height, CORNER);
  drawInlay(context, palette);
  drawDots(context, palette);
  for (const wall of WORLD.walls) {
    const { x, y, width: w, height: h } = wall;
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

/** Something to find one's way by: a court with a gate in the middle, and the name of the place. */
function drawInlay(context: Context, palette: Palette): void {
  context.fillStyle = palette.inlay;
  disc(context, 620, 690, 190);
  context.fillStyle = palette.ground;
  disc(context, 620, 690, 150);
  context.fillStyle = palette.inlay;
  disc(context, 620, 690, 132);
  roundRect(context, 1010, 90, 520, 210, 28);
  roundRect(context, 60, 60, 250, 300, 28);

  context.strokeStyle = palette.lettering;
  context.lineWidth = 16;
  context.lineCap = 'butt';
  context.beginPath();
  context.moveTo(568, 750);
  context.lineTo(568, 690);
  context.arc(620, 690, 52, Math.PI, 0);
  context.lineTo(672, 750);
  context.stroke();

  context.fillStyle = palette.lettering;
  context.font = '800 108px -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif';
  context.textAlign = 'right';
  context.textBaseline = 'alphabetic';
  context.fillText('Gatehouse', WORLD.width - 56, WORLD.height - 60);
}

function drawDots(context: Context, palette: Palette): void {
  context.fillStyle = palette.dot;
  context.beginPath();
  for (let y = DOT_EVERY; y < WORLD.height; y += DOT_EVERY) {
    for (let x = DOT_EVERY; x < WORLD.width; x += DOT_EVERY) context.rect(x - 1.1, y - 1.1, 2.2, 2.2);
  }
  context.fill();
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
