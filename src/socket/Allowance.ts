import type { Config } from '../config.ts';
import { TokenBucket } from '../gate/token-bucket.ts';

/**
 * What a client may send, in messages and in bytes. It is the session's: whoever
 * was closed for flooding and comes back has what was left, and what time has
 * given back since.
 */
export class Allowance {
  readonly #messages: TokenBucket;
  readonly #bytes: TokenBucket;

  constructor({ messagesPerSecond, bytesPerSecond, payloadBytes }: Config['limits'], now: number) {
    // Twice and four times: a client that comes back from a stall sends what it has saved up at once.
    this.#messages = new TokenBucket({ perSecond: messagesPerSecond, burst: messagesPerSecond * 2 }, now);
    const burst = Math.max(bytesPerSecond * 4, payloadBytes * 2);
    this.#bytes = new TokenBucket({ perSecond: bytesPerSecond, burst }, now);
  }

  /** True when one message of so many bytes may come; it is then taken. */
  take(now: number, bytes: number): boolean {
    return this.#messages.take(now) && this.#bytes.take(now, bytes);
  }

  /** Takes what was taken of another, as far as it is there. */
  charge(now: number, other: Allowance): void {
    this.#messages.drain(now, other.#messages.missing(now));
    this.#bytes.drain(now, other.#bytes.missing(now));
  }
}
