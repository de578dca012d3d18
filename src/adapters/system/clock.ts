import type { Clock, Timer } from '../../ports/clock.ts';

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, task) => stoppable(setTimeout(task, ms), clearTimeout),
  every: (ms, task) => stoppable(setInterval(task, ms), clearInterval),
};

function stoppable(handle: NodeJS.Timeout, clear: (handle: NodeJS.Timeout) => void): Timer {
  handle.unref();
  return { stop: () => clear(handle) };
}
