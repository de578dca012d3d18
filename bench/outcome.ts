/** What the pairs of a workload say about one of its measures. */
import type { Pair } from './rounds.ts';
import { median, medianRange } from './statistics.ts';
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
  const ratios = pairs.map(({ base, platform }) => measure.of(platform) / measure.of(base));
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
