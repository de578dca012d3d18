import type { Config } from '../config.ts';

/**
 * What a client may send, in messages and in bytes. It is the session's: whoever
 * was closed for flooding and comes back has what was left, and what time has
 * given back since.
 */
export class Allowance {
  readonly #messagesPerMs: number;
  readonly #bytesPerMs: number;
  readonly #mostMessages: number;
  readonly #mostBytes: number;
  #messages: number;
  #bytes: number;
  #at: number;

  /** `now` in milliseconds on a clock that never goes back. Starts full. */
  constructor({ messagesPerSecond, bytesPerSecond, payloadBytes }: Config['limits'], now: number) {
    this.#messagesPerMs = messagesPerSecond / 1_000;
    this.#bytesPerMs = bytesPerSecond / 1_000;
    // Twice and four times: a client that comes back from a stall sends what it has saved up at once.
    this.#mostMessages = messagesPerSecond * 2;
    this.#mostBytes = Math.max(bytesPerSecond * 4, payloadBytes * 2);
    this.#messages = this.#mostMessages;
    this.#bytes = this.#mostBytes;
    this.#at = now;
  }

  /** True when one message of so many bytes may come; it is then taken. */
  take(now: number, bytes: number): boolean {
    this.#fill(now);
    if (this.#messages < 1) return false;
    this.#messages -= 1;
    if (this.#bytes < bytes) return false;
    this.#bytes -= bytes;
    return true;
  }

  /** Takes what was taken of another, as far as it is there. */
  charge(now: number, other: Allowance): void {
    this.#fill(now);
    other.#fill(now);
    this.#messages = Math.max(0, this.#messages - (other.#mostMessages - other.#messages));
    this.#bytes = Math.max(0, this.#bytes - (other.#mostBytes - other.#bytes));
  }

  /** Both at once: it is done for every frame of every client. */
  #fill(now: number): void {
    const ms = now - this.#at;
    this.#at = now;
    this.#messages = Math.min(this.#mostMessages, this.#messages + ms * this.#messagesPerMs);
    this.#bytes = Math.min(this.#mostBytes, this.#bytes + ms * this.#bytesPerMs);
  }
}
