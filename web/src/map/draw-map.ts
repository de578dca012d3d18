import { WORLD } from '@gatehouse/client';
import type { Frame, Point } from '../world/Camera.ts';
import type { Palette } from '../world/palette.ts';

/** Somebody on the map: oneself, one in sight, or one of whom only about where they are is known. */
export type Dot = Point &
  ({ readonly kind: 'far' } | { readonly kind: 'own' } | { readonly kind: 'near'; readonly hue: number });

export interface MapContent {
  readonly dots: readonly Dot[];
  /** What of the world the page shows. */
  readonly seen: Frame;
  readonly palette: Palette;
}

const CORNER = 6;

/** The whole world in `width` × `height`; coordinates are CSS pixels of the map. */
export function drawMap(
  context: CanvasRenderingContext2D,
  size: { width: number; height: number },
  map: MapContent,
): void {
  const { palette, dots, seen } = map;
  const scale = Math.min(size.width / WORLD.width, size.height / WORLD.height);
  context.clearRect(0, 0, size.width, size.height);
  context.fillStyle = palette.ground;
  context.beginPath();
  context.roundRect(0, 0, size.width, size.height, CORNER);
  context.fill();
  context.fillStyle = palette.wallTop;
  for (const { x, y, width, height } of WORLD.walls) {
    // A wall that is thinner than a pixel would be a shadow of one.
    context.fillRect(x * scale, y * scale, Math.max(1.5, width * scale), Math.max(1.5, height * scale));
  }
  drawSeen(context, seen, scale, palette);
  for (const dot of dots) drawDot(context, { ...dot, x: dot.x * scale, y: dot.y * scale }, palette);
}

function drawSeen(context: CanvasRenderingContext2D, seen: Frame, scale: number, palette: Palette): void {
  const left = Math.max(seen.left, 0) * scale + 0.5;
  const top = Math.max(seen.top, 0) * scale + 0.5;
  const right = Math.min(seen.right, WORLD.width) * scale - 0.5;
  const bottom = Math.min(seen.bottom, WORLD.height) * scale - 0.5;
  context.beginPath();
  context.roundRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top), CORNER / 2);
  context.globalAlpha = 0.1;
  context.fillStyle = palette.accent;
  context.fill();
  context.globalAlpha = 0.7;
  context.strokeStyle = palette.accent;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
}

function drawDot(context: CanvasRenderingContext2D, dot: Dot, palette: Palette): void {
  const radius = { far: 1.6, near: 2.3, own: 4 }[dot.kind];
  context.beginPath();
  context.arc(dot.x, dot.y, radius, 0, Math.PI * 2);
  if (dot.kind === 'near') context.fillStyle = palette.body(dot.hue).deep;
  else context.fillStyle = dot.kind === 'own' ? palette.accent : palette.muted;
  context.fill();
  if (dot.kind !== 'own') return;
  context.strokeStyle = palette.rim;
  context.lineWidth = 2;
  context.stroke();
}
