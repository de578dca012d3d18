/**
 * Slices by turns: one side at a time runs, and they take turns every second or so, so whatever else the machine does
 * hits all alike. A turn is one slice of each.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { BadSlice, type Reading } from './reading.ts';

export interface Sliced {
  /** @throws BadSlice */
  slice(ms: number): Promise<Reading>;
}

export interface TurnsOptions {
  readonly count: number;
  readonly sliceMs: number;
  /** Whether the first turn goes from the last side to the first. */
  readonly backwards: boolean;
  /** After a disturbed turn: whoever else needs the machine may be done then. */
  readonly disturbedMs: number;
  /** No turn begins after it, by `performance.now()`; what was measured until then is what there is. */
  readonly until: number;
  readonly onDisturbed: (why: string) => void;
}

/** Turns that are tried for each one that is needed, before the machine is no place to measure on. */
const TRIES = 6;

/**
 * Each turn has the readings in the order of the sides.
 *
 * @throws BadSlice when no further turn of these processes would be better
 */
export async function takeTurns(sides: readonly Sliced[], options: TurnsOptions): Promise<Reading[][]> {
  const { count, sliceMs, disturbedMs, until, onDisturbed } = options;
  const turns: Reading[][] = [];
  // There and back: neighbours stay neighbours, and nobody is always the first.
  let backwards = options.backwards;
  for (let attempt = 1; turns.length < count && performance.now() < until; attempt++) {
    if (attempt > count * TRIES) throw new Error('the machine is too busy to measure on');
    try {
      const readings: Reading[] = [];
      for (const side of backwards ? sides.toReversed() : sides) readings.push(await side.slice(sliceMs));
      turns.push(backwards ? readings.reverse() : readings);
    } catch (error) {
      if (!(error instanceof BadSlice) || error.forGood) throw error;
      onDisturbed(error.message);
      await pause(disturbedMs);
    }
    backwards = !backwards;
  }
  return turns;
}
