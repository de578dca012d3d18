import type { Clock } from './clock.ts';

export interface SendQueueOptions<T> {
  /** Entries that are held at most. */
  readonly limit: number;
  readonly clock: Clock;
  /** Gets each entry that was still waiting when its time was over. */
  readonly onExpired: (item: T) => void;
}

/**
 * What waits to be sent: first in, first out, bounded in number and in time.
 *
 * When it is full the newest is refused, never an older one dropped: its caller
 * is still there to be told.
 */
export class SendQueue<T> {
  readonly #options: SendQueueOptions<T>;
  #entries: { readonly item: T; readonly expiresAt: number }[] = [];

  constructor(options: SendQueueOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** False when the queue is full of entries that may still be sent. `expiresAt` is in milliseconds since 1970. */
  push(item: T, expiresAt: number): boolean {
    if (this.#entries.length >= this.#options.limit) this.#dropExpired();
    if (this.#entries.length >= this.#options.limit) return false;
    this.#entries.push({ item, expiresAt });
    return true;
  }

  /** Takes the oldest entry that may still be sent. */
  take(): T | undefined {
    for (let entry = this.#entries.shift(); entry !== undefined; entry = this.#entries.shift()) {
      if (entry.expiresAt > this.#options.clock.now()) return entry.item;
      this.#options.onExpired(entry.item);
    }
    return undefined;
  }

  /** Takes back an entry, for a call that ended while it waited. */
  remove(item: T): void {
    const index = this.#entries.findIndex((entry) => entry.item === item);
    if (index >= 0) this.#entries.splice(index, 1);
  }

  clear(): void {
    this.#entries = [];
  }

  #dropExpired(): void {
    const now = this.#options.clock.now();
    const expired = this.#entries.filter((entry) => entry.expiresAt <= now);
    this.#entries = this.#entries.filter((entry) => entry.expiresAt > now);
    for (const entry of expired) this.#options.onExpired(entry.item);
  }
}
