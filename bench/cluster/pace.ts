/** So many a second, at moments that fall in step with nothing. */
import { setTimeout as pause } from 'node:timers/promises';

export interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
}

/** Does something again and again. A late one is followed by the next ones sooner: slowness lowers no rate. */
export async function pace({ perSecond, seconds }: Pace, act: (turn: number) => void): Promise<void> {
  const start = performance.now();
  let due = start;
  for (let turn = 0; due < start + seconds * 1_000; turn++) {
    const wait = due - performance.now();
    if (wait >= 1) await pause(wait);
    act(turn);
    due += (Math.random() * 2 * 1_000) / perSecond;
  }
}
