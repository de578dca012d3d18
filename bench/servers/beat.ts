/** Sixty times a second, for servers that have no game loop of their own. */
import { TICKS_PER_SECOND } from '../game.ts';

const TICK_MS = 1_000 / TICKS_PER_SECOND;
/** After a stall it does not catch up by more than this. */
const MAX_DEBT_MS = 50;

/** Starts or stops. */
export type SetRunning = (on: boolean) => object;

export function beat(tick: () => void): SetRunning {
  let timer: NodeJS.Timeout | undefined;
  let due = 0;
  const wake = () => {
    const now = performance.now();
    // From when it was due, not from when it came: timers are only as exact as a millisecond.
    due = Math.max(due + TICK_MS, now - MAX_DEBT_MS);
    timer = setTimeout(wake, Math.max(0, due - now));
    tick();
  };
  return (on) => {
    clearTimeout(timer);
    due = performance.now();
    if (on) timer = setTimeout(wake, TICK_MS);
    return {};
  };
}
