import { draw } from './draw.ts';
import type { Conditions } from './profiles.ts';

/** One way of one connection's conditions. */
export type LineConditions = Pick<Conditions, 'latencyMs' | 'jitterMs' | 'loss' | 'queueBytes'> & {
  readonly bytesPerSecond: number;
};

/** What comes out at the far end: bytes, and at last how it ended. */
export type Arrival = Buffer | Ending;
export type Ending = 'end' | 'reset';

/** 0 ≤ number < 1, for a segment by its number; the same whenever it is asked. */
export type Decide = (segment: number, about: 'jitter' | 'loss') => number;

/** Drawn from the seed for a line that these numbers name. */
export function decisionsOf(seed: number, ...line: readonly number[]): Decide {
  return (segment, about) => draw(seed, ...line, segment, about === 'loss' ? 0 : 1);
}

/** What Ethernet carries of TCP in one packet. */
export const SEGMENT_BYTES = 1_460;
/** A retransmission waits so long and a round trip: Linux's `TCP_RTO_MIN`. RFC 6298 would wait a second. */
export const RTO_MIN_MS = 200;
/** Times that one segment is lost at most: a stall of 63 timeouts. */
export const MAX_LOSSES = 6;
/** What a segment costs beside its bytes, so that many small ones are bounded, too. */
const SEGMENT_COST = 256;
/** On a line slower than that segments are smaller, so that a line that is mended is soon free. */
const LONGEST_SEGMENT_MS = 100;

/**
 * One way through a slow network, without sockets and clocks: bytes and time
 * go in, bytes come out, all of them and in order. A segment waits until those
 * before it have left, leaves at the line's rate, and arrives after the latency.
 *
 * A lost one arrives one retransmission timeout later, and all behind it wait.
 * Each further loss doubles the timeout. That is what TCP does to a thin stream,
 * as a game's is; a thick one would often be mended sooner, by the
 * acknowledgements of what follows. Congestion windows are not simulated.
 *
 * Time is milliseconds of any clock that does not go back.
 */
export class Line {
  #conditions: LineConditions;
  readonly #decide: Decide;
  readonly #waiting: Buffer[] = [];
  readonly #flying: Array<{ readonly at: number; readonly what: Arrival }> = [];
  #ending: Ending | undefined;
  #endingSent = false;
  #held = false;
  /** When the last segment has left. */
  #freeAt = 0;
  /** When the last one arrives. */
  #lastAt = 0;
  #segments = 0;
  #bytes = 0;

  constructor(conditions: LineConditions, decide: Decide) {
    this.#conditions = conditions;
    this.#decide = decide;
  }

  /** For what leaves from now on; what is on its way keeps its time. */
  shape(conditions: LineConditions, now: number): void {
    this.#conditions = conditions;
    this.#freeAt = Math.min(this.#freeAt, now);
  }

  /** Nothing leaves and nothing arrives, nothing is lost. */
  hold(): void {
    this.#held = true;
  }

  release(now: number): void {
    if (!this.#held) return;
    this.#held = false;
    this.#freeAt = Math.max(this.#freeAt, now);
  }

  take(bytes: Buffer, now: number): void {
    if (this.#ending !== undefined) return;
    if (!this.#held) this.#send(now);
    // Only a line with nothing to do loses time: a late timer must not lower the rate.
    if (this.#waiting.length === 0) this.#freeAt = Math.max(this.#freeAt, now);
    this.#waiting.push(bytes);
    this.#bytes += bytes.byteLength;
  }

  /** Behind all that was taken. The first one counts. */
  finish(ending: Ending): void {
    this.#ending ??= ending;
  }

  /** Forgets what is in it. */
  clear(): void {
    this.#waiting.length = 0;
    this.#flying.length = 0;
    this.#bytes = 0;
  }

  /** What has arrived until now, one by one. */
  next(now: number): Arrival | undefined {
    if (this.#held) return undefined;
    this.#send(now);
    const first = this.#flying[0];
    if (first === undefined || first.at > now) return undefined;
    this.#flying.shift();
    if (typeof first.what !== 'string') this.#bytes -= first.what.byteLength;
    return first.what;
  }

  /** When to ask for the next again, once it was asked; undefined while there is nothing to wait for. */
  get nextAt(): number | undefined {
    if (this.#held) return undefined;
    const leaves = this.#waiting.length > 0 ? this.#freeAt : Number.POSITIVE_INFINITY;
    const at = Math.min(leaves, this.#flying[0]?.at ?? Number.POSITIVE_INFINITY);
    return at === Number.POSITIVE_INFINITY ? undefined : at;
  }

  /** In the line, whether they wait or are on their way. */
  get bytes(): number {
    return this.#bytes;
  }

  /** From here on the source should not be read. */
  get full(): boolean {
    return this.#load >= this.#conditions.queueBytes;
  }

  /** From here on it should be read again. */
  get hasRoom(): boolean {
    return this.#load <= this.#conditions.queueBytes / 2;
  }

  get #load(): number {
    return this.#bytes + SEGMENT_COST * (this.#waiting.length + this.#flying.length);
  }

  #send(now: number): void {
    const { latencyMs, bytesPerSecond } = this.#conditions;
    while (this.#waiting.length > 0 && this.#freeAt <= now) {
      const segment = this.#cut();
      this.#freeAt += (segment.byteLength / bytesPerSecond) * 1_000;
      this.#fly(segment, this.#freeAt + latencyMs + this.#delay(this.#segments++));
    }
    if (this.#waiting.length > 0 || this.#ending === undefined || this.#endingSent) return;
    this.#endingSent = true;
    this.#fly(this.#ending, Math.max(this.#freeAt, now) + latencyMs);
  }

  #cut(): Buffer {
    const most = Math.floor((this.#conditions.bytesPerSecond * LONGEST_SEGMENT_MS) / 1_000);
    const size = Math.max(1, Math.min(SEGMENT_BYTES, most));
    const head = this.#waiting[0]!;
    if (head.byteLength <= size) {
      this.#waiting.shift();
      return head;
    }
    this.#waiting[0] = head.subarray(size);
    return head.subarray(0, size);
  }

  #fly(what: Arrival, at: number): void {
    this.#lastAt = Math.max(this.#lastAt, at);
    this.#flying.push({ at: this.#lastAt, what });
  }

  /** Jitter and retransmissions of a segment. */
  #delay(segment: number): number {
    const { latencyMs, jitterMs, loss } = this.#conditions;
    const drawn = this.#decide(segment, 'loss');
    let losses = 0;
    for (let chance = loss; drawn < chance && losses < MAX_LOSSES; chance *= loss) losses += 1;
    const timeout = RTO_MIN_MS + 2 * latencyMs;
    return jitterMs * this.#decide(segment, 'jitter') + timeout * (2 ** losses - 1);
  }
}
