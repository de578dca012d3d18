import type { Point } from './Camera.ts';
import type { Palette } from './palette.ts';

export interface Pin extends Point {
  readonly hue: number;
  readonly selected: boolean;
  /** Not placed yet: where it would be. */
  readonly ghost: boolean;
}

const HEAD = 12;
/** From the tip up to the middle of the head. */
const STEM = 27;
const TURN = Math.PI * 2;
const SELECTED_SCALE = 1.2;

/** A pin whose tip is the place. Coordinates are world units. */
export function drawPin(context: CanvasRenderingContext2D, pin: Pin, palette: Palette): void {
  const { light, deep } = palette.body(pin.hue);
  context.save();
  context.translate(pin.x, pin.y);
  if (pin.selected) {
    context.strokeStyle = palette.accent;
    context.lineWidth = 2.5;
    context.beginPath();
    context.ellipse(0, 1, 15, 8, 0, 0, TURN);
    context.stroke();
    context.scale(SELECTED_SCALE, SELECTED_SCALE);
  }
  if (pin.ghost) context.globalAlpha = 0.6;

  context.fillStyle = palette.shade;
  context.beginPath();
  context.ellipse(0, 1, 8, 4, 0, 0, TURN);
  context.fill();

  const body = context.createLinearGradient(0, -STEM - HEAD, 0, 0);
  body.addColorStop(0, light);
  body.addColorStop(1, deep);
  context.fillStyle = body;
  context.strokeStyle = palette.rim;
  context.lineWidth = 2;
  context.lineJoin = 'round';
  context.beginPath();
  context.moveTo(0, 0);
  context.bezierCurveTo(-3, -9, -HEAD, -14, -HEAD, -STEM);
  context.arc(0, -STEM, HEAD, Math.PI, 0);
  context.bezierCurveTo(HEAD, -14, 3, -9, 0, 0);
  context.closePath();
  context.fill();
  context.stroke();

  context.fillStyle = '#ffffff';
  context.beginPath();
  context.arc(0, -STEM, 4.5, 0, TURN);
  context.fill();
  context.restore();
}

/** True when a point, in world units from the tip, is on the pin or near it. `slack` widens it for a finger. */
export function isOnPin(dx: number, dy: number, slack: number): boolean {
  return Math.hypot(dx, dy + STEM) <= HEAD + slack || (Math.abs(dx) <= 5 + slack && dy <= slack && dy >= -STEM);
}
