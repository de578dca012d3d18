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
  /** Half of the pairs lie between these. */
  readonly lowerQuarter: number;
  readonly upperQuarter: number;
  readonly lowest: number;
  readonly highest: number;
  readonly holds: boolean;
}

export function outcomeOf(measure: Measure, pairs: readonly Pair[]): Outcome {
  const ratios = ratiosOf(measure, pairs);
  const ratio = median(ratios);
  const { limit } = measure;
  return {
    measure,
    base: median(pairs.map(({ base }) => measure.of(base))),
    platform: median(pairs.map(({ platform }) => measure.of(platform))),
    ratio,
    lowerQuarter: quantile(ratios, 0.25),
    upperQuarter: quantile(ratios, 0.75),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    holds: limit === undefined || ('atMost' in limit ? ratio <= limit.atMost : ratio >= limit.atLeast),
  };
}

export function ratiosOf(measure: Measure, pairs: readonly Pair[]): number[] {
  return pairs.map(({ base, platform }) => measure.of(platform) / measure.of(base));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}
