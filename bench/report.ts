/** Results as a person reads them: Markdown. */
import { type Machine, machineLine } from './machine.ts';
import { median, type Outcome } from './outcome.ts';
import type { Reading } from './reading.ts';
import type { Pair } from './rounds.ts';
import type { Measure, Workload } from './workloads.ts';

export interface WorkloadResult {
  readonly workload: Workload;
  readonly pairs: readonly Pair[];
  readonly outcomes: readonly Outcome[];
}

export function markdown(machine: Machine, platform: string, results: readonly WorkloadResult[]): string {
  const rows = results.flatMap(({ workload, pairs, outcomes }) =>
    outcomes.map((outcome) => outcomeRow(workload, pairs.length, outcome)),
  );
  return [
    machineLine(machine),
    '',
    `| workload | measure | Colyseus | ${platform} | ratio (median) | 95 % | lowest–highest | pairs | limit | holds |`,
    '|---|---|--:|--:|--:|--:|--:|--:|--:|---|',
    ...rows,
    '',
    ...results.map(conditions),
  ].join('\n');
}

/** The sentences that this run has shown to be wrong. */
export function broken(results: readonly WorkloadResult[]): string[] {
  return results.flatMap(({ workload, outcomes }) =>
    outcomes
      .filter(({ holds }) => !holds)
      .map(({ measure, ratio }) => `${workload.name}: ${measure.promise}. The ratio was ${ratio.toFixed(2)}.`),
  );
}

function outcomeRow({ name }: Workload, pairs: number, outcome: Outcome): string {
  const { measure, base, platform, ratio, holds } = outcome;
  const cells = [
    name,
    measure.name,
    amount(base, measure),
    amount(platform, measure),
    `**${ratio.toFixed(2)}**`,
    `${outcome.from.toFixed(2)}–${outcome.to.toFixed(2)}`,
    `${outcome.lowest.toFixed(2)}–${outcome.highest.toFixed(2)}`,
    pairs,
    limitOf(measure),
    measure.limit === undefined ? '' : holds ? 'yes' : '**no**',
  ];
  return `| ${cells.join(' | ')} |`;
}

function limitOf({ limit }: Measure): string {
  if (limit === undefined) return '';
  return 'atMost' in limit ? `≤ ${limit.atMost.toFixed(2)}` : `≥ ${limit.atLeast.toFixed(2)}`;
}

function amount(value: number, { unit }: Measure): string {
  return unit === '1/s' ? Math.round(value).toLocaleString('en') : `${value.toFixed(2)} ${unit}`;
}

/** What the machine did meanwhile: without it nobody can judge the numbers. */
export function conditions({ workload, pairs }: Pick<WorkloadResult, 'workload' | 'pairs'>): string {
  const both = (of: (reading: Reading) => number, show: (value: number) => string) =>
    `${show(median(pairs.map(({ base }) => of(base))))} / ${show(median(pairs.map(({ platform }) => of(platform))))}`;
  const percent = (value: number) => `${Math.round(value / 10_000)} %`;
  const whole = (value: number) => Math.round(value).toLocaleString('en');
  const { inputsPerSecond, callsInFlight } = workload.load;
  const parts = [
    `server busy ${both((r) => r.cpuMicrosPerSecond, percent)}`,
    `load busy ${both((r) => r.loadCpuMicrosPerSecond, percent)}`,
    `other processes ${both((r) => r.othersBusy * 1_000_000, percent)}`,
    `server memory ${both((r) => r.memoryBytes / 2 ** 20, whole)} MiB`,
  ];
  if (callsInFlight === 0) {
    parts.push(`${both((r) => r.framesPerSecond, whole)} frames/s of ${both((r) => r.bytesPerFrame, whole)} bytes`);
  }
  if (inputsPerSecond > 0) parts.push(`${both((r) => r.inputsPerSecond, whole)} inputs/s`);
  return `- ${workload.name}: ${workload.what} (${parts.join('; ')})`;
}
