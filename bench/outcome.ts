/** What the pairs of a workload say about one of its measures. */
import type { Pair } from './rounds.ts';
import type { Measure } from './workloads.ts';

export interface Outcome {
  readonly measure: Measure;
  /** Medians of the slices. */
  readonly base: number;
  readonly platform: number;
  /** Median of the pairs' ratios, platform over base. It is what the limit is held against. */
  readonly ratio: number;
  /** Where another run of so many pairs would find its median, 19 times of 20. */
  readonly from: number;
  readonly to: number;
  readonly lowest: number;
  readonly highest: number;
  readonly holds: boolean;
}

export function outcomeOf(measure: Measure, pairs: readonly Pair[]): Outcome {
  const ratios = ratiosOf(measure, pairs);
  const ratio = median(ratios);
  const [from, to] = medianRange(ratios);
  const { limit } = measure;
  return {
    measure,
    base: median(pairs.map(({ base }) => measure.of(base))),
    platform: median(pairs.map(({ platform }) => measure.of(platform))),
    ratio,
    from,
    to,
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    holds: limit === undefined || ('atMost' in limit ? ratio <= limit.atMost : ratio >= limit.atLeast),
  };
}

export function ratiosOf(measure: Measure, pairs: readonly Pair[]): number[] {
  return pairs.map(({ base, platform }) => measure.of(platform) / measure.of(base));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** The 95 % interval of a median by ranks: it asks nothing of how the values are spread. */
export function medianRange(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const reach = 0.98 * Math.sqrt(sorted.length);
  const first = Math.max(0, Math.floor(sorted.length / 2 - reach) - 1);
  const last = Math.min(sorted.length - 1, Math.ceil(sorted.length / 2 + reach));
  return [sorted[first] ?? Number.NaN, sorted[last] ?? Number.NaN];
}
