/** Results as a person reads them: Markdown. */
import { type Machine, machineLine } from './machine.ts';
import { median, type Outcome, outcomeOf } from './outcome.ts';
import type { Reading } from './reading.ts';
import { pairsOf, type Turn } from './rounds.ts';
import type { Measure, Workload } from './workloads.ts';

export interface WorkloadResult {
  readonly workload: Workload;
  /** Who was measured. All are held against the first, the second is held to limits. */
  readonly names: readonly string[];
  readonly turns: readonly Turn[];
  readonly rows: readonly Row[];
}

/** What the turns say about one measure. */
export interface Row {
  readonly measure: Measure;
  /** Of each but the first. */
  readonly outcomes: readonly Outcome[];
}

/** The place of who is held to limits. */
const HELD = 1;

export function resultOf(workload: Workload, names: readonly string[], turns: readonly Turn[]): WorkloadResult {
  const rows = workload.measures.map((measure) => ({
    measure,
    outcomes: names.slice(1).map((_name, i) => {
      const place = i + 1;
      return outcomeOf(place === HELD ? measure : { ...measure, limit: undefined }, pairsOf(turns, place));
    }),
  }));
  return { workload, names, turns, rows };
}

/** `missing` says what could not be measured, and why. */
export function markdown(machine: Machine, results: readonly WorkloadResult[], missing: readonly string[]): string {
  const [longest] = results.toSorted((a, b) => b.names.length - a.names.length);
  const names = longest?.names ?? [];
  const [base] = names;
  return [
    machineLine(machine),
    '',
    `Medians of the turns; behind each its **ratio** to ${base}, and where another run of as many turns would find it, 19 times of 20.`,
    '',
    `| workload | measure | ${names.join(' | ')} | turns | limit of ${names[HELD]} | holds |`,
    `|---|---|${'--:|'.repeat(names.length + 2)}---|`,
    ...results.flatMap((result) => result.rows.map((row) => line(result, row, names.length))),
    '',
    ...results.map(conditions),
    ...missing.map((what) => `- not measured: ${what}`),
  ].join('\n');
}

/** The sentences that this run has shown to be wrong. */
export function broken(results: readonly WorkloadResult[]): string[] {
  return results.flatMap(({ workload, rows }) =>
    rows
      .flatMap(({ outcomes }) => outcomes)
      .filter(({ holds }) => !holds)
      .map(({ measure, ratio }) => `${workload.name}: ${measure.promise}. The ratio was ${ratio.toFixed(2)}.`),
  );
}

function line({ workload, turns }: WorkloadResult, { measure, outcomes }: Row, columns: number): string {
  const [held] = outcomes;
  const values = [
    amount(held?.base ?? Number.NaN, measure),
    ...outcomes.map(({ platform, ratio, from, to }) => {
      const range = `${from.toFixed(2)}–${to.toFixed(2)}`;
      return `${amount(platform, measure)}, **${ratio.toFixed(2)}** (${range})`;
    }),
  ];
  const missing = Array.from({ length: columns - values.length }, () => '');
  const verdict = measure.limit === undefined ? '' : held?.holds ? 'yes' : '**no**';
  const cells = [workload.name, measure.name, ...values, ...missing, turns.length, limitOf(measure), verdict];
  return `| ${cells.join(' | ')} |`;
}

function limitOf({ limit }: Measure): string {
  if (limit === undefined) return '';
  return 'atMost' in limit ? `≤ ${limit.atMost.toFixed(2)}` : `≥ ${limit.atLeast.toFixed(2)}`;
}

export function amount(value: number, { unit }: Measure): string {
  return unit === '1/s' ? Math.round(value).toLocaleString('en') : `${value.toFixed(2)} ${unit}`;
}

/** What the machine did meanwhile: without it nobody can judge the numbers. */
export function conditions({ workload, turns }: Pick<WorkloadResult, 'workload' | 'turns'>): string {
  const each = (of: (reading: Reading) => number, show: (value: number) => string) =>
    (turns[0]?.readings ?? []).map((_, i) => show(median(turns.map(({ readings }) => of(readings[i]!))))).join(' / ');
  const percent = (value: number) => `${Math.round(value / 10_000)} %`;
  const whole = (value: number) => Math.round(value).toLocaleString('en');
  const { inputsPerSecond, callsInFlight } = workload.load;
  const parts = [
    `server busy ${each((r) => r.cpuMicrosPerSecond, percent)}`,
    `load busy ${each((r) => r.loadCpuMicrosPerSecond, percent)}`,
    `other processes ${each((r) => r.othersBusy * 1_000_000, percent)}`,
    `server memory ${each((r) => r.memoryBytes / 2 ** 20, whole)} MiB`,
  ];
  if (callsInFlight === 0) {
    parts.push(`${each((r) => r.framesPerSecond, whole)} frames/s of ${each((r) => r.bytesPerFrame, whole)} bytes`);
  }
  if (inputsPerSecond > 0) parts.push(`${each((r) => r.inputsPerSecond, whole)} inputs/s`);
  return `- ${workload.name}: ${workload.what} (${parts.join('; ')})`;
}
