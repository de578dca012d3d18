/** What the turns of the slow readers say, and what the issue promises of it. */
import type { Figure } from '../figure.ts';
import { quietOf } from '../neighbours.ts';
import { median } from '../statistics.ts';
import type { Waiting } from './Clog.ts';
import type { IntervalSummary } from './Intervals.ts';
import type { Busy } from './Look.ts';

/** Of those who always read. */
export type IntervalSlice = IntervalSummary & Busy;

export interface Stall {
  readonly slices: readonly IntervalSlice[];
  /** At its end. */
  readonly waiting: Waiting;
  /** What the system took for the slow before anything waited. */
  readonly sentBytes: number;
}

export interface SlowReaders {
  /** While all read. */
  readonly free: readonly IntervalSlice[];
  readonly stalls: readonly Stall[];
  /** Before the first stall. */
  readonly before: Waiting;
  readonly outboxBytes: number;
  readonly slow: number;
}

/** From the issue, in percent. */
const MAX_CHANGE = 10;
/** Of the slow that must be so, or the measurement says nothing: the system may take a little more from some at any time. */
const MIN_SLOW = 0.9;
/** What else a process grows by while it runs: its heap is not collected at once. In bytes. */
const SLACK = 64 * 2 ** 20;

export function slowFigures({ free, stalls, before, outboxBytes, slow }: SlowReaders): readonly Figure[] {
  const without = quietOf(free, 'slices without');
  const stalled = quietOf(
    stalls.flatMap(({ slices }) => slices),
    'slices with',
  );
  const middle = (slices: readonly IntervalSlice[], of: 'p50' | 'p99') => median(slices.map((slice) => slice[of]));
  const change = 100 * (middle(stalled.kept, 'p99') / middle(without.kept, 'p99') - 1);
  const both = (of: 'p50' | 'p99') =>
    `${of} ${middle(without.kept, of).toFixed(1)} / ${middle(stalled.kept, of).toFixed(1)} ms`;
  const remarks = [without.remark, stalled.remark].filter((remark) => remark !== '');
  const waited = stalls.map(({ waiting }) => waiting);
  const atMost = (slow * outboxBytes) / 2 ** 20;
  const grown = (of: 'memoryBytes' | 'heapBytes' | 'bufferBytes') =>
    (Math.max(...waited.map((each) => each[of])) - before[of]) / 2 ** 20;
  const mib = { unit: ' MiB', digits: 1 };
  const name = '100 slow readers among 1,000';
  return [
    {
      name: `${name}: change of the other 900's p99 interval between patches`,
      value: Math.abs(change),
      unit: ' %',
      digits: 1,
      limit: { below: MAX_CHANGE },
      detail:
        `${change.toFixed(1)} %: without / with ${both('p99')}, ${both('p50')}; medians of the p99 of ` +
        `${without.kept.length} / ${stalled.kept.length} slices of half a second, in turns`,
      remark: remarks.join('; '),
      promise: `${name} change the p99 interval of the others by less than ${MAX_CHANGE} %`,
    },
    {
      name: `${name}: of them have something that waits`,
      value: Math.min(...waited.map(({ connections }) => connections)),
      unit: '',
      digits: 0,
      limit: { atLeast: MIN_SLOW * slow },
      detail: 'at the end of each stall, the fewest; too few, and the measurement says nothing',
      promise: 'the slow readers of the measurement are slow',
    },
    {
      name: `${name}: bytes that wait, at most`,
      value: Math.max(...waited.map(({ bytes }) => bytes)) / 2 ** 20,
      ...mib,
      limit: { atMost },
      detail: '100 × OUTBOX_BYTES',
      promise: 'what waits for slow readers is within OUTBOX_BYTES each',
    },
    {
      name: `${name}: growth of the server's memory, at most`,
      value: grown('memoryBytes'),
      ...mib,
      limit: { atMost: atMost + SLACK / 2 ** 20 },
      detail:
        `100 × OUTBOX_BYTES and ${SLACK / 2 ** 20} MiB of slack; ${Math.round(before.memoryBytes / 2 ** 20)} MiB before; ` +
        `its heap by ${grown('heapBytes').toFixed(1)}, its buffers by ${grown('bufferBytes').toFixed(1)} MiB`,
      promise: 'the memory of the server grows by no more than OUTBOX_BYTES for each slow reader',
    },
  ];
}
