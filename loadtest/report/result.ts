import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { judge, type Verdict } from '../measure/gates.ts';
import type { Histogram } from '../measure/Histogram.ts';
import { type CountName, countNames, type DurationName, durationNames } from '../measure/measures.ts';
import type { LoadOptions } from '../options.ts';
import { countsOf } from '../run/Recording.ts';
import type { RunResult } from '../run/run.ts';

/** Milliseconds. */
export interface Spread {
  readonly samples: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Of the histogram: number of the bucket and count, one after the other. Bucket n ends at 0.01 ms × 1.02ⁿ. */
  readonly buckets: readonly number[];
}

export interface StepResult {
  /** Milliseconds from the beginning to its begin. */
  readonly at: number;
  /** How long of it was watched: the last one may be short. */
  readonly seenMs: number;
  readonly present: number;
  readonly away: number;
  readonly busy: number;
  readonly counts: Readonly<Partial<Record<CountName, number>>>;
  readonly durations: Readonly<Partial<Record<DurationName, Pick<Spread, 'samples' | 'p50' | 'p95' | 'p99' | 'max'>>>>;
}

/** A run as it is written to a file. */
export interface Result {
  readonly format: 1;
  readonly startedAt: string;
  readonly asked: {
    readonly url: string;
    readonly scenario: string;
    readonly summary: string;
    readonly room: string;
    readonly rooms: number | null;
    readonly clients: number;
    readonly client: string;
    readonly network: string | null;
    readonly joinsPerSecond: number;
    readonly durationMs: number;
    readonly rampMs: number;
    readonly workers: number;
    readonly seed: number;
    readonly settings: Readonly<Record<string, number>>;
  };
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly os: string;
    readonly node: string;
  };
  /** Why it is not whole; null when it is. */
  readonly incomplete: string | null;
  readonly passed: boolean;
  readonly verdicts: readonly Verdict[];
  readonly peak: number;
  readonly awayAtEnd: number;
  readonly durations: Readonly<Partial<Record<DurationName, Spread>>>;
  readonly counts: Readonly<Record<CountName, number>>;
  /** A second, after the ramp. */
  readonly rates: Readonly<Partial<Record<CountName, number>>>;
  readonly stepMs: number;
  readonly steps: readonly StepResult[];
  readonly problems: ReadonlyArray<{ readonly sentence: string; readonly count: number }>;
}

export function resultOf(options: LoadOptions, done: RunResult): Result {
  const { cast, recording, workers, rampMs, startedAt, incomplete } = done;
  const { url, scenario, clients, client, network, joinsPerSecond, durationMs, seed } = options;
  const verdicts = options.gates.map((gate) => judge(gate, recording));
  const { summary, room, rooms, settings } = cast;
  return {
    format: 1,
    startedAt: startedAt.toISOString(),
    asked: {
      url,
      scenario,
      summary,
      room,
      rooms: rooms ?? null,
      clients,
      client,
      network: network ?? null,
      joinsPerSecond,
      durationMs,
      rampMs,
      workers,
      seed,
      settings,
    },
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      os: `${type()} ${release()}`,
      node: process.version,
    },
    incomplete: incomplete ?? null,
    passed: incomplete === undefined && verdicts.every(({ holds }) => holds),
    verdicts,
    peak: recording.peak,
    awayAtEnd: recording.away,
    durations: Object.fromEntries(
      durationNames
        .map((name) => [name, recording.duration(name)] as const)
        .filter(([, histogram]) => histogram.count > 0)
        .map(([name, histogram]) => [name, spreadOf(histogram)]),
    ),
    counts: countsOf(recording),
    rates: Object.fromEntries(
      countNames.map((name) => [name, recording.rate(name)] as const).filter(([, rate]) => rate > 0),
    ),
    stepMs: recording.stepMs,
    steps: recording.steps.map((step, index) => ({
      at: index * recording.stepMs,
      seenMs: Math.max(1, Math.round(step.seenMs / workers)),
      present: step.present,
      away: step.away,
      busy: rounded(step.busy),
      counts: Object.fromEntries(step.counts),
      durations: Object.fromEntries([...step.durations].map(([name, histogram]) => [name, shortOf(histogram)])),
    })),
    problems: [...recording.problems]
      .map(([sentence, count]) => ({ sentence, count }))
      .sort((a, b) => b.count - a.count),
  };
}

function spreadOf(histogram: Histogram): Spread {
  const { count: samples, min, mean, max } = histogram;
  const at = (share: number) => rounded(histogram.percentile(share));
  return {
    samples,
    min: rounded(min),
    mean: rounded(mean),
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    max: rounded(max),
    buckets: histogram.toData().buckets,
  };
}

function shortOf(histogram: Histogram): Pick<Spread, 'samples' | 'p50' | 'p95' | 'p99' | 'max'> {
  const { samples, p50, p95, p99, max } = spreadOf(histogram);
  return { samples, p50, p95, p99, max };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
