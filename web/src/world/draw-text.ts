import type { Frame, Point } from './Camera.ts';
import type { Palette } from './palette.ts';

type Context = CanvasRenderingContext2D;

export const FAMILY = '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif';

/** A name or a label on a small plate, its middle at this point. Coordinates are CSS pixels. */
export function drawPlate(
  context: Context,
  { x, y }: Point,
  text: string,
  look: { readonly palette: Palette; readonly strong: boolean; readonly own?: boolean; readonly faded?: boolean },
): void {
  const { palette, strong, own = false, faded = false } = look;
  context.font = `${strong ? 600 : 500} ${strong ? 13 : 12}px ${FAMILY}`;
  const shown = cut(context, text, 150);
  const width = context.measureText(shown).width + 14;
  const height = strong ? 20 : 18;
  context.fillStyle = own ? palette.accent : palette.label;
  context.beginPath();
  context.roundRect(x - width / 2, y - height / 2, width, height, height / 2);
  context.fill();
  context.fillStyle = own ? palette.onAccent : faded || !strong ? palette.muted : palette.ink;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(shown, x, y + 0.5);
}

/** Three dots over a player who is away; `phase` 0 … 1 makes them go. */
export function drawAway(
  context: Context,
  { x, y }: Point,
  { phase, alpha, palette }: { readonly phase: number; readonly alpha: number; readonly palette: Palette },
): void {
  context.globalAlpha = alpha;
  context.fillStyle = palette.label;
  context.beginPath();
  context.roundRect(x - 17, y - 9, 34, 18, 9);
  context.fill();
  for (let dot = 0; dot < 3; dot++) {
    const wave = Math.cos((phase - dot / 6) * Math.PI * 2);
    context.fillStyle = palette.ink;
    context.globalAlpha = alpha * (0.45 + 0.4 * wave);
    context.beginPath();
    context.arc(x - 8 + dot * 8, y, 2.4, 0, Math.PI * 2);
    context.fill();
  }
  context.globalAlpha = 1;
}

/** An arrow at the border of the view, towards somebody who is outside of it. */
export function drawPointer(context: Context, at: Point, free: Frame, look: { fill: string; rim: string }): void {
  const inset = 26;
  const x = Math.min(Math.max(at.x, free.left + inset), free.right - inset);
  const y = Math.min(Math.max(at.y, free.top + inset), free.bottom - inset);
  context.save();
  context.translate(x, y);
  context.rotate(Math.atan2(at.y - y, at.x - x));
  context.fillStyle = look.fill;
  context.strokeStyle = look.rim;
  context.lineWidth = 2;
  context.lineJoin = 'round';
  context.beginPath();
  context.arc(0, 0, 9, 0.75, -0.75);
  context.lineTo(16, 0);
  context.closePath();
  context.fill();
  context.stroke();
  context.restore();
}

/** The text, or as much of its beginning as fits. */
export function cut(context: Context, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  const letters = [...text];
  while (letters.length > 1 && context.measureText(`${letters.join('')}…`).width > width) letters.pop();
  return `${letters.join('').trimEnd()}…`;
}
