import type { Frame, Point } from './Camera.ts';
import { cut, FAMILY } from './draw-text.ts';
import type { Palette } from './palette.ts';

type Context = CanvasRenderingContext2D;

/** A rectangle that is taken, in CSS pixels. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

const WIDTH = 200;
const LINES = 3;
const LINE = 18;
const TAIL = 6;
const GAP = 4;

/**
 * What somebody says, in a bubble whose tail ends at this point. It goes up
 * until it covers none of what is `taken`, and is then one of them.
 */
export function drawBubble(
  context: Context,
  tip: Point,
  { text, alpha }: { readonly text: string; readonly alpha: number },
  { palette, taken, free }: { readonly palette: Palette; readonly taken: Box[]; readonly free: Frame },
): void {
  if (tip.x < free.left || tip.x > free.right) return;
  context.font = `500 14px ${FAMILY}`;
  const lines = wrap(context, text);
  const width = Math.max(...lines.map((line) => context.measureText(line).width)) + 22;
  const height = lines.length * LINE + 12;
  const x = Math.max(free.left + GAP, Math.min(tip.x - width / 2, free.right - width - GAP));
  const box = lift({ x, y: tip.y - height - TAIL, width, height }, taken);
  taken.push(box);
  const bottom = box.y + height;

  context.globalAlpha = alpha;
  context.fillStyle = palette.shade;
  context.beginPath();
  context.roundRect(box.x, box.y + 3, width, height, 12);
  context.fill();
  context.fillStyle = palette.bubble;
  context.beginPath();
  context.roundRect(box.x, box.y, width, height, 12);
  context.moveTo(tip.x - TAIL, bottom - 0.5);
  context.lineTo(tip.x, bottom + TAIL);
  context.lineTo(tip.x + TAIL, bottom - 0.5);
  context.fill();
  context.fillStyle = palette.ink;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  lines.forEach((line, index) => {
    context.fillText(line, box.x + width / 2, box.y + 6 + LINE * (index + 0.5) + 0.5);
  });
  context.globalAlpha = 1;
}

function lift(wanted: Box, taken: readonly Box[]): Box {
  let box = wanted;
  // From below upwards, so that one pass is enough.
  for (const other of [...taken].sort((a, b) => b.y - a.y)) {
    const beside = box.x + box.width + GAP <= other.x || other.x + other.width + GAP <= box.x;
    const apart = box.y + box.height + GAP <= other.y || other.y + other.height + GAP <= box.y;
    if (!beside && !apart) box = { ...box, y: other.y - box.height - GAP };
  }
  return box;
}

function wrap(context: Context, text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || context.measureText(longer).width <= WIDTH) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
  }
  lines.push(line);
  const kept = lines.slice(0, LINES);
  if (lines.length > LINES) kept[LINES - 1] += ' …';
  return kept.map((shown) => cut(context, shown, WIDTH));
}
