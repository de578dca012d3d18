/** What one slice of one side has shown. */
import { TICKS_PER_SECOND } from './game.ts';
import type { LoadCount } from './load/index.ts';
import type { ServerUsage } from './servers/serve.ts';
import type { Load } from './workloads.ts';

export interface Reading {
  readonly cpuMicrosPerSecond: number;
  readonly loadCpuMicrosPerSecond: number;
  readonly framesPerSecond: number;
  readonly bytesPerFrame: number;
  readonly inputsPerSecond: number;
  readonly repliesPerSecond: number;
  readonly memoryBytes: number;
  /** Cores that processes which are not measured kept busy. */
  readonly othersBusy: number;
}

/** The machine was too busy for it: such a slice says nothing about the server. */
export class BadSlice extends Error {
  override readonly name = 'BadSlice';
  /** The next slice of the same processes would be no better. */
  readonly forGood: boolean;

  constructor(message: string, { forGood = false } = {}) {
    super(message);
    this.forGood = forGood;
  }
}

/** The share of the frames that must arrive for a slice to count. */
const MIN_DELIVERED = 0.8;

/** The server, the load, and CPU time of the whole machine in microseconds. */
export type Look = readonly [ServerUsage, LoadCount, number];

/** @throws BadSlice; another Error when a server answers wrongly, which no repetition heals */
export function readingOf(load: Load, before: Look, after: Look): Reading {
  // Each process is measured by its own clock, so it does not matter which of the two was asked first.
  const serverSeconds = (after[0].at - before[0].at) / 1_000;
  const loadSeconds = (after[1].at - before[1].at) / 1_000;
  const counted = (key: keyof LoadCount) => after[1][key] - before[1][key];
  // A server that is kept from the CPU for seconds misses the heartbeats of its clients.
  if (after[1].closed > 0) throw new BadSlice(`${after[1].closed} connections were lost`, { forGood: true });
  if (after[1].wrong > 0) throw new Error(`${after[1].wrong} replies were not what was asked for`);

  const framesPerSecond = counted('frames') / loadSeconds;
  const repliesPerSecond = counted('replies') / loadSeconds;
  if (load.callsInFlight > 0 && repliesPerSecond === 0) throw new Error('no call was answered');
  const due = load.players * TICKS_PER_SECOND;
  if (load.callsInFlight === 0 && framesPerSecond < due * MIN_DELIVERED) {
    throw new BadSlice(`${Math.round(framesPerSecond)} of ${due} frames a second arrived`);
  }
  const cpuMicros = after[0].cpuMicros - before[0].cpuMicros;
  const othersMicros = after[2] - before[2] - cpuMicros - counted('cpuMicros');
  return {
    cpuMicrosPerSecond: cpuMicros / serverSeconds,
    loadCpuMicrosPerSecond: counted('cpuMicros') / loadSeconds,
    framesPerSecond,
    bytesPerFrame: framesPerSecond === 0 ? 0 : counted('frameBytes') / counted('frames'),
    inputsPerSecond: counted('inputs') / loadSeconds,
    repliesPerSecond,
    memoryBytes: after[0].memoryBytes,
    othersBusy: othersMicros / 1_000_000 / loadSeconds,
  };
}
