import type { durations } from '../measure/measures.ts';
import { bytesText, countText, lengthText } from '../measure/quantities.ts';
import type { Result } from '../report/result.ts';
import type { Sample } from './samples.ts';
import { floors, type Point, type Trend, trendOf } from './slopes.ts';

/** A soak as it is written to a file. */
export interface SoakResult {
  readonly format: 1;
  readonly startedAt: string;
  readonly command: string;
  readonly machine: Result['machine'];
  readonly durationMs: number;
  readonly asked: Result['asked'];
  readonly trends: readonly Trend[];
  readonly counts: Result['counts'];
  readonly passed: boolean;
  readonly incomplete: string | null;
  /** Of the server, one a step at most. */
  readonly samples: readonly Sample[];
}

/** Of the time after the ramp: code is compiled and caches are filled in it, and nothing of that is a leak. */
const WARM_UP = 0.15;
/** For the floor of the heap: each has some full collections in it in an hour. */
const STRETCHES = 24;
const MOST_SAMPLES = 720;
const MIB = 2 ** 20;

export function soakOf(result: Result, all: readonly Sample[], command: string): SoakResult {
  const { startedAt, asked, machine, counts, passed, incomplete, steps, stepMs } = result;
  const beganAt = Date.parse(startedAt) + asked.rampMs;
  const endsAt = beganAt + asked.durationMs;
  const warmAt = beganAt + WARM_UP * asked.durationMs;
  const steady = all.filter(({ at }) => at >= warmAt && at <= endsAt);
  const of = (pick: (sample: Sample) => number): Point[] => steady.map((sample) => [sample.at, pick(sample)]);
  const inMiB = (name: keyof Sample): Point[] => of((sample) => sample[name] / MIB);
  const timed = (name: keyof typeof durations, at: 'p50' | 'p99'): Point[] =>
    steps.flatMap((step) => {
      const time = Date.parse(startedAt) + step.at;
      const value = step.durations[name]?.[at];
      return value === undefined || time < warmAt || time + stepMs > endsAt ? [] : [[time, value] as const];
    });
  const busy = steady.slice(1).map((sample, i): Point => {
    const before = steady[i]!;
    return [sample.at, (sample.cpuMicros - before.cpuMicros) / (sample.at - before.at) / 10];
  });
  const rows: ReadonlyArray<readonly [name: string, unit: string, points: readonly Point[]]> = [
    ['memory of the process', 'MiB', inMiB('rss')],
    ['heap, at its floor', 'MiB', floors(inMiB('heapUsed'), STRETCHES)],
    ['array buffers', 'MiB', floors(inMiB('arrayBuffers'), STRETCHES)],
    ['handles', '', of(({ handles }) => handles)],
    ['open files', '', of(({ files }) => files)],
    ['CPU', '% of a core', busy],
    ['event loop delay, p99', 'ms', of(({ loopDelayMs }) => loopDelayMs)],
    ['RPC round trip, p50', 'ms', timed('rpc', 'p50')],
    ['RPC round trip, p99', 'ms', timed('rpc', 'p99')],
    ['between patches, p50', 'ms', timed('patch', 'p50')],
    ['between patches, p99', 'ms', timed('patch', 'p99')],
  ];
  const every = Math.ceil(all.length / MOST_SAMPLES);
  return {
    format: 1,
    startedAt,
    command,
    machine,
    durationMs: asked.durationMs,
    asked,
    trends: rows
      .filter(([, , points]) => points.length >= 2 && points.every(([, value]) => Number.isFinite(value)))
      .map(([name, unit, points]) => trendOf(name, unit, points)),
    counts,
    passed,
    incomplete,
    samples: all.filter((_sample, index) => index % every === 0),
  };
}

export function markdownOf({
  startedAt,
  command,
  machine,
  durationMs,
  asked,
  trends,
  counts,
  incomplete,
  passed,
}: SoakResult): string {
  const { cpu, cores, memoryGiB, os, node } = machine;
  const rows = trends.map(({ name, unit, begin, end, most, perHour }) => {
    const amount = (value: number) => `${number(value)}${unit === '' ? '' : ` ${unit}`}`;
    return `| ${name} | ${amount(begin)} | ${amount(end)} | ${amount(most)} | **${perHour >= 0 ? '+' : '−'}${amount(Math.abs(perHour))}** |`;
  });
  const short = durationMs < 3_600_000 ? ' It was shorter than an hour, so slopes are mostly noise.' : '';
  return [
    `# Soak, ${startedAt.slice(0, 10)}`,
    '',
    `${countText(asked.clients)} ${asked.client} players, scenario ${asked.scenario}, ${asked.rooms ?? 'chosen'} rooms, ${lengthText(durationMs)} after the ramp, against one node in memory that the command started.`,
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${os}, Node ${node.slice(1)}; server and load on the same machine.`,
    '',
    '```sh',
    command,
    '```',
    ...(incomplete === null ? [] : ['', `**Not whole:** ${incomplete}.`]),
    '',
    '| | first quarter | last quarter | most | an hour |',
    '|---|--:|--:|--:|--:|',
    ...rows,
    '',
    `First and last quarter are medians; “an hour” is the median slope between all pairs of samples (Theil–Sen), after a warm-up of ${WARM_UP * 100} %.${short}`,
    '',
    `- ${countText(counts.checks)} states compared with the server's hash, **${countText(counts.mismatches)} mismatches**, ${countText(counts.faults)} faults`,
    `- ${countText(counts.joined)} joins, ${countText(counts.refused)} refused; ${countText(counts.drops)} drops (${countText(counts.cuts)} cut by the scenario), ${countText(counts.recoveries)} recoveries, ${countText(counts.lost)} players lost`,
    `- ${countText(counts.calls)} calls, ${countText(counts.callsFailed)} failed; ${countText(counts.patches)} patches, ${bytesText(counts.bytesIn)}`,
    '',
    passed ? 'All gates held.' : 'Not all gates held.',
    '',
  ].join('\n');
}

function number(value: number): string {
  return value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);
}
