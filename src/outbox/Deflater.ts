import { constants, deflateRawSync } from 'node:zlib';
import { TokenBucket } from '../gate/token-bucket.ts';
import type { Clock } from '../ports/clock.ts';
import { deflatedFrame, payloadOf } from './websocket-frame.ts';

/** Milliseconds of CPU that a node gives to it in a second; without them frames leave as they are. */
export const DEFLATE_MS_PER_SECOND = 50;
/** What stays larger than this share was dense already, and leaves as it is. */
const WORTHWHILE = 0.9;
/** What a deflated message ends with, and a frame leaves out (RFC 7692, 7.2.1). */
const TAIL_BYTES = 4;

export interface DeflaterParts {
  /** Smaller payloads leave as they are. */
  readonly fromBytes: number;
  readonly clock: Clock;
}

/**
 * Makes frames smaller (permessage-deflate). Each by itself, so that no
 * connection keeps a window of its own, and what goes to many is done once.
 */
export class Deflater {
  readonly #fromBytes: number;
  readonly #clock: Clock;
  readonly #budget: TokenBucket;
  readonly #done = new WeakMap<Buffer, Buffer>();

  constructor({ fromBytes, clock }: DeflaterParts) {
    this.#fromBytes = fromBytes;
    this.#clock = clock;
    const perSecond = DEFLATE_MS_PER_SECOND;
    this.#budget = new TokenBucket({ perSecond, burst: perSecond }, clock.monotonic());
  }

  /** A frame that says the same in fewer bytes, or the frame as it is. */
  deflate(frame: Buffer): Buffer {
    if (frame.byteLength < this.#fromBytes) return frame;
    const known = this.#done.get(frame);
    if (known !== undefined) return known;
    const begun = this.#clock.monotonic();
    if (!this.#budget.has(begun)) return frame;
    const payload = payloadOf(frame);
    const deflated = deflateRawSync(payload, { level: 1, finishFlush: constants.Z_SYNC_FLUSH });
    const isSmaller = deflated.byteLength - TAIL_BYTES < payload.byteLength * WORTHWHILE;
    const result = isSmaller ? deflatedFrame(deflated.subarray(0, -TAIL_BYTES)) : frame;
    this.#done.set(frame, result);
    const now = this.#clock.monotonic();
    this.#budget.spend(now, now - begun);
    return result;
  }
}
