/** Time, as the kit sees it. A port, so that a test owns time. */
export interface Clock {
  /** Milliseconds since 1970. May jump when the machine's clock is set. */
  now(): number;
  /** Calls `task` once after `ms` milliseconds; an endless `ms` counts as 24 days, the most that a host can wait. */
  after(ms: number, task: () => void): Timer;
}

export interface Timer {
  /** No call starts after this returns. May be called twice. */
  stop(): void;
  /** Lets a Node process end although the timer is pending. Does nothing where there is no such thing. */
  unref(): void;
}

/** Longer delays overflow in every JavaScript host and fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const handle: unknown = setTimeout(task, Math.min(ms, LONGEST_DELAY_MS));
    return {
      stop: () => clearTimeout(handle as ReturnType<typeof setTimeout>),
      unref: () => (handle as { unref?: () => void }).unref?.(),
    };
  },
};
