/** Pictures of text. */
const BLOCKS = ' ▁▂▃▄▅▆▇█';

/** A row of columns, the highest of which is full. */
export function columns(values: readonly number[]): string {
  const most = Math.max(...values, 0);
  if (most === 0) return ' '.repeat(values.length);
  // What is there at all is seen.
  return values.map((value) => BLOCKS[value === 0 ? 0 : Math.max(1, Math.round((value / most) * 8))]).join('');
}

export function progressBar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return `${'━'.repeat(full)}${'╌'.repeat(width - full)}`;
}

/** Sums values into so many places, on a scale of powers, from the 0.1st to the 99.9th of hundred. */
export function onLogScale(pairs: ReadonlyArray<readonly [value: number, count: number]>, places: number): number[] {
  const sums = new Array<number>(places).fill(0);
  const total = pairs.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  const inner = pairs.filter(([, count]) => {
    seen += count;
    return seen > total * 0.001 && seen - count < total * 0.999;
  });
  const from = Math.log(inner[0]?.[0] ?? 1);
  const to = Math.log(inner.at(-1)?.[0] ?? 1);
  for (const [value, count] of inner) {
    const at = to === from ? 0 : Math.round(((Math.log(value) - from) / (to - from)) * (places - 1));
    sums[at] = sums[at]! + count;
  }
  return sums;
}
