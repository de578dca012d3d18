/** What the slices of the world of a thousand say, and what the issue promises of it. */
import type { Figure } from '../figure.ts';
import { quietOf } from '../neighbours.ts';
import { median, quantile } from '../statistics.ts';
import type { Busy } from './Look.ts';
import type { Tick, TickRecord } from './TickTimes.ts';

export interface WorldSlice extends TickRecord, Busy {
  /** Patches a second that a client got, on average. */
  readonly delivered: number;
  readonly bytesPerFrame: number;
  readonly inputsPerSecond: number;
}

export interface WorldAtRate {
  /** Patches a second that were asked for. */
  readonly rate: number;
  readonly slices: readonly WorldSlice[];
}

/** From the issue; in milliseconds but for the share. */
const MIN_DELIVERED = 0.95;
const MAX_TICK = 33;
const MAX_DELAY = 20;

/** The first rate is held to the limits; the others say how far it would go. */
export function worldFigures(rates: readonly [WorldAtRate, ...WorldAtRate[]]): readonly Figure[] {
  const [{ rate }] = rates;
  const found = summaryOf(rates[0]);
  const world = `a world of 1,000 walking players at ${rate} Hz`;
  const { remark } = found;
  const timed = { unit: ' ms', digits: 1 };
  return [
    {
      name: `${world}: frames delivered to each client`,
      value: (found.delivered / rate) * 100,
      unit: ' %',
      digits: 1,
      limit: { atLeast: MIN_DELIVERED * 100 },
      detail: `${found.delivered.toFixed(1)} a second of ${Math.round(found.bytesPerFrame)} bytes`,
      remark,
      promise: `${world} delivers at least 95 % of its frames`,
    },
    {
      name: `${world}: work of a tick, p99`,
      value: found.p99,
      ...timed,
      limit: { below: MAX_TICK },
      detail: `p50 ${ms(found.p50)} of ${found.count} ticks; ${found.parts}`,
      remark,
      promise: `${world} does a tick in less than ${MAX_TICK} ms (p99)`,
    },
    {
      name: `${world}: event loop delay, p99`,
      value: found.loopDelay,
      ...timed,
      limit: { below: MAX_DELAY },
      detail: 'of a timer of 1 ms; median of the slices',
      remark,
      promise: `${world} keeps the event loop for less than ${MAX_DELAY} ms (p99)`,
    },
    {
      name: 'highest rate that holds, of those tried',
      value: Math.max(0, ...rates.filter(isHeld).map((each) => each.rate)),
      unit: ' Hz',
      digits: 0,
      detail: rates.map(sentenceOf).join('; '),
    },
  ];
}

function isHeld(at: WorldAtRate): boolean {
  const { delivered, p99, loopDelay } = summaryOf(at);
  return delivered >= at.rate * MIN_DELIVERED && p99 < 1_000 / at.rate && loopDelay < MAX_DELAY;
}

function sentenceOf(at: WorldAtRate): string {
  const { delivered, p50, p99, loopDelay } = summaryOf(at);
  return `${at.rate}: ${delivered.toFixed(1)} delivered, tick p50 ${ms(p50)} p99 ${ms(p99)}, delay p99 ${ms(loopDelay)}`;
}

function summaryOf({ slices }: WorldAtRate) {
  const { kept, remark } = quietOf(slices, 'slices');
  const ticks = kept.flatMap((slice) => slice.ticks);
  const whole = ticks.map(({ simulation, encoding, writing }) => simulation + encoding + writing);
  const middle = (of: keyof Tick) => ms(median(ticks.map((tick) => tick[of])));
  return {
    delivered: median(kept.map(({ delivered }) => delivered)),
    bytesPerFrame: median(kept.map(({ bytesPerFrame }) => bytesPerFrame)),
    loopDelay: median(kept.map(({ loopDelay }) => loopDelay)),
    p50: median(whole),
    p99: quantile(whole, 0.99),
    count: whole.length,
    parts: `medians: simulation ${middle('simulation')}, encoding ${middle('encoding')}, writing ${middle('writing')}`,
    remark,
  };
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
