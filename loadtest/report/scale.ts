/** Where values stand on an axis, and which of them are written beside it. */

export interface Scale {
  /** 0 at the lower end, 1 at the upper. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

const TICKS = 4;
/** Between the median of what is shown and the highest; beyond it the lower values would be one line on the floor. */
const WIDE = 25;

/** From zero to a round number. */
export function linear(values: readonly number[]): Scale {
  const most = Math.max(...values, 0) || 1;
  const step = niceStep(most / TICKS);
  const top = Math.ceil((most * 1.02) / step) * step;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
  return { at: (value) => value / top, ticks };
}

/** From one power of ten to another, with 2 and 5 between where there is room. */
export function logarithmic(values: readonly number[]): Scale {
  const above = values.filter((value) => value > 0);
  const least = Math.max(Math.min(...above, 1), 0.01);
  const most = Math.max(...above, least * 10);
  const from = Math.floor(Math.log10(least));
  const powers = Math.ceil(Math.log10(most)) - from;
  const all = Array.from({ length: powers }, (_, i) => [1, 2, 5].map((factor) => factor * 10 ** (from + i))).flat();
  const ticks = [...all, 10 ** (from + powers)].filter((value) => value <= most * 2 && value >= least / 2.01);
  const ends = [Math.log10(ticks[0]!), Math.log10(ticks.at(-1)!)] as const;
  const sparse = ticks.length > 9 ? ticks.filter((value) => Number.isInteger(round6(Math.log10(value)))) : ticks;
  return {
    at: (value) => Math.min(1, Math.max(0, (Math.log10(Math.max(value, 1e-9)) - ends[0]) / (ends[1] - ends[0] || 1))),
    ticks: sparse,
  };
}

/** Linear, unless a few values would leave all others without height. */
export function fitting(values: readonly number[]): { readonly scale: Scale; readonly isLog: boolean } {
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
  const isLog = sorted.length > 0 && sorted.at(-1)! / sorted[Math.floor(sorted.length / 2)]! > WIDE;
  return { scale: isLog ? logarithmic(sorted) : linear(values), isLog };
}

/** Whole seconds or minutes, about six of them. */
export function timeTicks(totalMs: number): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400].map(
    (s) => s * 1_000,
  );
  const step = steps.find((each) => totalMs / each <= 7) ?? steps.at(-1)!;
  return Array.from({ length: Math.floor(totalMs / step) + 1 }, (_, i) => i * step);
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((each) => each * power >= rough * 0.999) ?? 10;
  return factor * power;
}

function round6(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
