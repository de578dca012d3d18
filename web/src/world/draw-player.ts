import { WORLD } from '@gatehouse/client';
import type { Point } from './Camera.ts';
import type { Pose } from './Motion.ts';
import type { Palette } from './palette.ts';

export interface Figure extends Pose {
  readonly hue: number;
  readonly connected: boolean;
  readonly own: boolean;
  /** How much of it is to be seen: 0 … 1. */
  readonly alpha: number;
}

const R = WORLD.playerRadius;
/** Round the own figure, nose and all. */
const RING = R * 1.55;
const TURN = Math.PI * 2;
/** How much is left to see of a player who is away. */
const FADED = 0.42;

/** A round figure that looks where it goes. Coordinates are world units. */
export function drawPlayer(context: CanvasRenderingContext2D, figure: Figure, palette: Palette): void {
  const { light, deep } = palette.body(figure.hue);
  context.save();
  context.translate(figure.x, figure.y);
  context.globalAlpha = figure.alpha;

  context.fillStyle = palette.shade;
  context.beginPath();
  context.ellipse(0, R * 0.5, R * 1.08, R * 0.82, 0, 0, TURN);
  context.fill();

  if (figure.own) {
    context.strokeStyle = palette.accent;
    context.lineWidth = 2.5;
    context.beginPath();
    context.arc(0, 0, RING, 0, TURN);
    context.stroke();
  }
  if (!figure.connected) context.globalAlpha = figure.alpha * FADED;

  context.rotate(figure.yaw);
  drawNose(context, deep, palette);
  const body = context.createRadialGradient(0, 0, R * 0.2, 0, 0, R);
  body.addColorStop(0, light);
  body.addColorStop(1, deep);
  context.fillStyle = body;
  context.strokeStyle = palette.rim;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(0, 0, R, 0, TURN);
  context.fill();
  context.stroke();
  drawEyes(context, figure.connected);
  context.restore();
}

/** Somebody of whom only the map knows. */
export function drawBlur(context: CanvasRenderingContext2D, { x, y }: Point, palette: Palette): void {
  context.fillStyle = palette.muted;
  context.globalAlpha = 0.22;
  context.beginPath();
  context.arc(x, y, R * 0.8, 0, TURN);
  context.fill();
  context.globalAlpha = 1;
}

/** Points ahead, so that the direction shows from afar. */
function drawNose(context: CanvasRenderingContext2D, colour: string, palette: Palette): void {
  context.fillStyle = colour;
  context.strokeStyle = palette.rim;
  context.lineWidth = 2;
  context.lineJoin = 'round';
  context.beginPath();
  context.moveTo(R * 0.72, -R * 0.66);
  context.lineTo(R * 1.4, 0);
  context.lineTo(R * 0.72, R * 0.66);
  context.closePath();
  context.fill();
  context.stroke();
}

function drawEyes(context: CanvasRenderingContext2D, open: boolean): void {
  for (const side of [-1, 1]) {
    const [x, y] = [R * 0.42, side * R * 0.38];
    if (!open) {
      context.strokeStyle = '#1d2530';
      context.lineWidth = 2;
      context.beginPath();
      context.moveTo(x, y - R * 0.16);
      context.lineTo(x, y + R * 0.16);
      context.stroke();
      continue;
    }
    context.fillStyle = '#ffffff';
    context.beginPath();
    context.arc(x, y, R * 0.25, 0, TURN);
    context.fill();
    context.fillStyle = '#1d2530';
    context.beginPath();
    context.arc(x + R * 0.08, y, R * 0.13, 0, TURN);
    context.fill();
  }
}
