/** What the machine did in a slice: how busy the measured processes were, and everybody else. */
import type { Child } from '../child.ts';
import { machineMicros } from '../neighbours.ts';

export interface Busy {
  /** Cores, on average, of each child in its order. */
  readonly busy: readonly number[];
  readonly othersBusy: number;
}

/** At one moment. */
export interface Look {
  readonly at: number;
  readonly micros: readonly number[];
  readonly machine: number;
}

/** Children that answer to `read`. */
export async function look(children: readonly Child[]): Promise<Look> {
  const usages = await Promise.all(children.map((child) => child.ask<{ cpuMicros: number }>('read')));
  return { at: performance.now(), micros: usages.map(({ cpuMicros }) => cpuMicros), machine: machineMicros() };
}

export function busyBetween(before: Look, after: Look): Busy {
  const elapsed = (after.at - before.at) * 1_000;
  const spent = after.micros.map((micros, i) => micros - before.micros[i]!);
  const ours = spent.reduce((sum, micros) => sum + micros, 0);
  return {
    busy: spent.map((micros) => micros / elapsed),
    othersBusy: (after.machine - before.machine - ours) / elapsed,
  };
}
