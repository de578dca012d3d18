/** Results as a person reads them: Markdown. */
import { type Machine, machineLine } from './machine.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { Reading } from './reading.ts';
import type { Pair } from './rounds.ts';
import { median } from './statistics.ts';
import type { Measure, Workload } from './workloads.ts';

export interface WorkloadResult {
  readonly workload: Workload;
  /** Against whom all were measured. */
  readonly base: string;
  /** The first is held to limits. */
  readonly rivals: readonly [Rival, ...Rival[]];
}

/** One who was measured, beside the base in the same minutes. */
export interface Rival {
  readonly name: string;
  readonly pairs: readonly Pair[];
  /** One for each measure of the workload. */
  readonly outcomes: readonly Outcome[];
}

export function rivalOf(name: string, measures: readonly Measure[], pairs: readonly Pair[]): Rival {
  return { name, pairs, outcomes: measures.map((measure) => outcomeOf(measure, pairs)) };
}

/** `missing` says what could not be measured, and why. */
export function markdown(machine: Machine, results: readonly WorkloadResult[], missing: readonly string[]): string {
  const base = results[0]?.base ?? '';
  const names = [...new Set(results.flatMap(({ rivals }) => rivals.map(({ name }) => name)))];
  return [
    machineLine(machine),
    '',
    `Medians; behind each its **ratio** to ${base}, of pairs in the same minutes, and where another run of as many would find it, 19 times of 20.`,
    '',
    `| workload | measure | ${[base, ...names].join(' | ')} | limit of ${names[0]} | holds |`,
    `|---|---|${'--:|'.repeat(names.length + 2)}---|`,
    ...results.flatMap((result) => result.workload.measures.map((measure, i) => line(result, measure, i, names))),
    '',
    ...results.flatMap(({ workload, base, rivals }) =>
      rivals.map(({ name, pairs }) => conditions(workload, `${base} / ${name}`, pairs)),
    ),
    ...missing.map((what) => `- not measured: ${what}`),
  ].join('\n');
}

/** The sentences that this run has shown to be wrong. */
export function broken(results: readonly WorkloadResult[]): string[] {
  return results.flatMap(({ workload, rivals: [held] }) =>
    held.outcomes
      .filter(({ holds }) => !holds)
      .map(({ measure, ratio }) => `${workload.name}: ${measure.promise}. The ratio was ${ratio.toFixed(2)}.`),
  );
}

function line({ workload, rivals }: WorkloadResult, measure: Measure, i: number, names: readonly string[]): string {
  const [held] = rivals;
  const values = names.map((name) => {
    const outcome = rivals.find((rival) => rival.name === name)?.outcomes[i];
    if (outcome === undefined) return '';
    const { platform, ratio, from, to } = outcome;
    return `${amount(platform, measure)}, **${ratio.toFixed(2)}** (${from.toFixed(2)}–${to.toFixed(2)})`;
  });
  const { base, holds } = held.outcomes[i]!;
  const verdict = measure.limit === undefined ? '' : holds ? 'yes' : '**no**';
  const first = [workload.name, measure.name, amount(base, measure)];
  return `| ${[...first, ...values, limitOf(measure), verdict].join(' | ')} |`;
}

function limitOf({ limit }: Measure): string {
  if (limit === undefined) return '';
  return 'atMost' in limit ? `≤ ${limit.atMost.toFixed(2)}` : `≥ ${limit.atLeast.toFixed(2)}`;
}

export function amount(value: number, { unit }: Measure): string {
  return unit === '1/s' ? Math.round(value).toLocaleString('en') : `${value.toFixed(2)} ${unit}`;
}

/** What the machine did meanwhile: without it nobody can judge the numbers. */
export function conditions({ name, what, load }: Workload, who: string, pairs: readonly Pair[]): string {
  const each = (of: (reading: Reading) => number, show: (value: number) => string) =>
    (['base', 'platform'] as const).map((side) => show(median(pairs.map((pair) => of(pair[side]))))).join(' / ');
  const percent = (value: number) => `${Math.round(value / 10_000)} %`;
  const whole = (value: number) => Math.round(value).toLocaleString('en');
  const parts = [
    `${pairs.length} pairs`,
    `server busy ${each((r) => r.cpuMicrosPerSecond, percent)}`,
    `load busy ${each((r) => r.loadCpuMicrosPerSecond, percent)}`,
    `other processes ${each((r) => r.othersBusy * 1_000_000, percent)}`,
    `server memory ${each((r) => r.memoryBytes / 2 ** 20, whole)} MiB`,
  ];
  if (load.callsInFlight === 0) {
    parts.push(`${each((r) => r.framesPerSecond, whole)} frames/s of ${each((r) => r.bytesPerFrame, whole)} bytes`);
  }
  if (load.inputsPerSecond > 0) parts.push(`${each((r) => r.inputsPerSecond, whole)} inputs/s`);
  return `- ${name}, ${who}: ${what} (${parts.join('; ')})`;
}
