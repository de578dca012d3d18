/** A recorded session of the world: where its players began, and the inputs that the room took of each in each tick. */
import { readFileSync } from 'node:fs';

export interface RecordedPlayer {
  readonly userId: string;
  readonly name: string;
  /** World units, as `Player` has them. */
  readonly x: number;
  readonly y: number;
  /** Run-length coded: [ticks, inputs taken in each of them, …]. */
  readonly taken: readonly number[];
  /** Run-length coded: [inputs, mx, my, …]. */
  readonly sticks: readonly number[];
}

export interface Session {
  /** How and when it came to be. */
  readonly about: string;
  readonly ticksPerSecond: number;
  readonly ticks: number;
  readonly players: readonly RecordedPlayer[];
}

export interface Stick {
  readonly mx: number;
  readonly my: number;
}

export const SESSION_FILE = new URL('./session.json', import.meta.url);

export function readSession(): Session {
  return JSON.parse(readFileSync(SESSION_FILE, 'utf8')) as Session;
}

/** For each tick, the inputs that were taken in it. */
export function inputsByTick({ taken, sticks }: RecordedPlayer): Stick[][] {
  const all: Stick[] = [];
  for (let i = 0; i < sticks.length; i += 3) {
    for (let n = 0; n < sticks[i]!; n++) all.push({ mx: sticks[i + 1]!, my: sticks[i + 2]! });
  }
  const ticks: Stick[][] = [];
  let next = 0;
  for (let i = 0; i < taken.length; i += 2) {
    for (let n = 0; n < taken[i]!; n++) {
      ticks.push(all.slice(next, next + taken[i + 1]!));
      next += taken[i + 1]!;
    }
  }
  return ticks;
}

/** Of so many values at a time: [count, …values, …]. */
export function runLengths(values: ReadonlyArray<readonly number[]>): number[] {
  const runs: number[][] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last !== undefined && value.every((each, i) => each === last[i + 1])) last[0]! += 1;
    else runs.push([1, ...value]);
  }
  return runs.flat();
}
