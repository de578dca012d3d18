/** Time, as the platform sees it. A port, so that a test owns time. */
export interface Clock {
  /** Milliseconds since 1970. May jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds since some fixed moment, with fractions; never goes back. For measuring and for bounds. */
  monotonic(): number;
  /** Calls `task` once after `ms`. A pending timer does not keep the process alive. */
  after(ms: number, task: () => void): Timer;
  /** Calls `task` every `ms` until stopped. Does not keep the process alive. */
  every(ms: number, task: () => void): Timer;
}

export interface Timer {
  /** No call starts after this returns. May be called twice. */
  stop(): void;
}
