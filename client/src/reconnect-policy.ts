import type { Clock } from './clock.ts';

export interface ReconnectOptions {
  /** Ceiling of the first delay, in milliseconds; each further ceiling is twice the one before. Default 250. */
  readonly baseMs: number;
  /** No ceiling grows beyond this, in milliseconds. Default 5,000. */
  readonly capMs: number;
  /**
   * How long after the drop an attempt may still start, in milliseconds. Default
   * 60,000, which is how long the server keeps a seat: more only delays the bad
   * news, less gives up seats that are still there.
   */
  readonly windowMs: number;
}

export const DEFAULT_RECONNECT: ReconnectOptions = { baseMs: 250, capMs: 5_000, windowMs: 60_000 };

/** The least pause after a close code whose next step is `later`, in milliseconds. */
export const LATER_PAUSE_MS = 5_000;

export interface Retry {
  /** 1 for the first attempt after a drop. */
  readonly attempt: number;
  /** Milliseconds from now. */
  readonly delayMs: number;
  /** Milliseconds since 1970. */
  readonly retryAt: number;
}

/**
 * When to try again: exponential backoff with full jitter, until a deadline.
 *
 * The n-th delay is drawn evenly from 0 … min(cap, base × 2ⁿ⁻¹). Full jitter, as
 * a server that restarts drops all its players in one instant, and they must not
 * come back in one instant.
 */
export class ReconnectPolicy {
  readonly #options: ReconnectOptions;
  readonly #random: () => number;
  readonly #clock: Clock;
  #attempt = 0;
  #deadline = Number.NEGATIVE_INFINITY;

  constructor(parts: { options: ReconnectOptions; random: () => number; clock: Clock }) {
    this.#options = parts.options;
    this.#random = parts.random;
    this.#clock = parts.clock;
  }

  /** A drop happened now: the first attempt is next and the window starts. */
  begin(): void {
    this.#attempt = 0;
    this.#deadline = this.#clock.now() + this.#options.windowMs;
  }

  /**
   * The next attempt, or null when the window is over. The jitter comes on top of
   * `leastMs`, so that a pause which the server asked of many does not end for all
   * of them at once. No delay reaches beyond the window: its end is the last chance.
   */
  next(leastMs = 0): Retry | null {
    const now = this.#clock.now();
    const left = this.#deadline - now;
    if (left <= 0) return null;
    const ceiling = Math.min(this.#options.capMs, this.#options.baseMs * 2 ** this.#attempt);
    this.#attempt += 1;
    const delayMs = Math.min(left, leastMs + Math.floor(this.#random() * ceiling));
    return { attempt: this.#attempt, delayMs, retryAt: now + delayMs };
  }
}
