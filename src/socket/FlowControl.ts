import type { Config } from '../config.ts';
import { TokenBucket } from '../gate/token-bucket.ts';
import type { Counters } from '../ops/Counters.ts';
import { untraced } from '../ops/tracing.ts';
import { Deflater } from '../outbox/Deflater.ts';
import type { Bounds } from '../outbox/ladder.ts';
import { binaryFrame } from '../outbox/websocket-frame.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { SocketWriter } from './SocketWriter.ts';

/** How often the slow connections are looked at. */
const LOOK_MS = 50;
/** Whoever has a turn may send so much of a budget at least. */
const MIN_SHARE_BYTES = 2_048;
/** A connection has this share of its bound when all of a node's are used up. */
const TIGHT_SHARE = 1 / 16;
/** Of a turn's writes, in milliseconds: then others are read first, and the rest is written after them. */
const MAX_WRITING_MS = 3;
/** Writes between two looks at the clock. */
const WRITES_PER_LOOK = 16;

export interface FlowControlParts {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly limits: Config['outbox'];
  readonly onFault: (error: unknown) => void;
}

/** What the writers of a node share: the end of the turn, the slow ones, and what may be sent in all. */
export class FlowControl {
  readonly #parts: FlowControlParts;
  readonly #budget: TokenBucket | undefined;
  readonly #deflater: Deflater | undefined;
  /** Those that wait for the end of the turn, each once. */
  #waiting: SocketWriter[] = [];
  /** Sent since the budget was last looked at, and what there was then: one look a turn is enough, while it lasts. */
  #spent = 0;
  #credit = Number.POSITIVE_INFINITY;
  #isRationed = false;
  /** Turns that were given, and the number of the last that a room had. */
  #served = 0;
  readonly #servedAt = new Map<string, number>();
  /** Those that are slow. */
  readonly #slow = new Set<SocketWriter>();
  #timer: Timer | undefined;
  readonly #tightBounds: Bounds;
  #isTight = false;
  // One payload goes to many clients, one after the other: its frame is made once.
  #lastPayload: Uint8Array | undefined;
  #lastFrame: Buffer | undefined;

  constructor(parts: FlowControlParts) {
    this.#parts = parts;
    this.#tightBounds = { bytes: parts.limits.bytes * TIGHT_SHARE, ageMs: parts.limits.ageMs };
    const { clock, limits } = parts;
    const { totalBytesPerSecond: perSecond, compressFrom: fromBytes } = limits;
    if (fromBytes > 0) this.#deflater = new Deflater({ fromBytes, clock });
    if (perSecond > 0) this.#budget = new TokenBucket({ perSecond, burst: perSecond / 4 }, clock.monotonic());
    this.#credit = this.#budget?.level ?? Number.POSITIVE_INFINITY;
  }

  get bounds(): Bounds {
    return this.#isTight ? this.#tightBounds : this.#parts.limits;
  }

  get deflater(): Deflater | undefined {
    return this.#deflater;
  }

  get bytesPerSecond(): number {
    return this.#parts.limits.bytesPerSecond;
  }

  /** Connections that are slow. */
  get slow(): number {
    return this.#slow.size;
  }

  now(): number {
    return this.#parts.clock.monotonic();
  }

  count(what: string): void {
    this.#parts.counters.count('outbox', what);
  }

  /** False while the node has sent more than it may, and as long as some wait for their turn since. */
  get hasBudget(): boolean {
    return this.#credit > 0 && !this.#isRationed;
  }

  /** The largest message that may wait, also while all have less than their own. */
  get maxMessageBytes(): number {
    return this.#parts.limits.bytes;
  }

  spend(bytes: number): void {
    this.#spent += bytes;
    this.#credit -= bytes;
    if (this.#credit <= 0) this.#pay();
  }

  #pay(): void {
    if (this.#budget === undefined || (this.#spent === 0 && this.#credit > 0)) return;
    this.#budget.spend(this.now(), this.#spent);
    this.#spent = 0;
    this.#credit = this.#budget.level;
  }

  /** The payload as a frame of bytes of its own. Within a turn a payload is the same as long as it is the same object. */
  frameOf(payload: Uint8Array): Buffer {
    if (payload !== this.#lastPayload || this.#lastFrame === undefined) {
      this.#lastPayload = payload;
      this.#lastFrame = binaryFrame(payload);
    }
    return this.#lastFrame;
  }

  /** Called once a turn and writer. */
  flushAtEndOfTurn(writer: SocketWriter): void {
    // Of all who are written to in this turn: a part of nobody's trace.
    if (this.#waiting.length === 0) untraced(() => process.nextTick(this.#endTurn));
    this.#waiting.push(writer);
  }

  /** Looks at a writer now and then, until it is slow no more. */
  watch(writer: SocketWriter): void {
    this.#slow.add(writer);
    this.#timer ??= this.#parts.clock.every(LOOK_MS, () => this.#look());
  }

  remove(writer: SocketWriter): void {
    this.#slow.delete(writer);
  }

  readonly #endTurn = (): void => {
    const writers = this.#waiting;
    this.#waiting = [];
    // Beyond this turn, what the payload is a view of may be written anew.
    this.#lastPayload = undefined;
    this.#lastFrame = undefined;
    const until = this.now() + MAX_WRITING_MS;
    for (let i = 0; i < writers.length; i++) {
      if (i % WRITES_PER_LOOK === WRITES_PER_LOOK - 1 && this.now() > until) {
        this.#waiting = [...writers.slice(i), ...this.#waiting];
        setImmediate(this.#endTurn);
        break;
      }
      const writer = writers[i]!;
      try {
        writer.endTurn();
      } catch (error) {
        this.#failed(writer, error);
      }
    }
    this.#pay();
  };

  #look(): void {
    const now = this.now();
    let waiting = 0;
    for (const writer of this.#slow) waiting += writer.waitingBytes;
    this.#isTight = waiting > this.#parts.limits.totalBytes;
    for (const writer of this.#slow) {
      try {
        if (!writer.look(now)) this.#slow.delete(writer);
      } catch (error) {
        this.#failed(writer, error);
      }
    }
    this.#pay();
    this.#giveTurns();
    if (this.#slow.size > 0) return;
    this.#servedAt.clear();
    this.#timer?.stop();
    this.#timer = undefined;
  }

  /** Those that wait share what there is. Who was served is last the next time, and so is its room. */
  #giveTurns(): void {
    const waiting = [...this.#slow].filter((writer) => writer.waitsForTurn);
    this.#isRationed = false;
    const share = Math.max(MIN_SHARE_BYTES, this.#credit / Math.max(1, waiting.length));
    for (const writer of inTurns(waiting, this.#servedAt)) {
      if (this.#credit <= 0) {
        this.#isRationed = true;
        return;
      }
      this.#slow.delete(writer);
      this.#slow.add(writer);
      this.#servedAt.set(writer.roomId, ++this.#served);
      try {
        writer.turn(share);
      } catch (error) {
        this.#failed(writer, error);
      }
      if (this.#credit <= 0) this.#pay();
    }
  }

  /** One that fails ends alone: this is everybody's turn. */
  #failed(writer: SocketWriter, error: unknown): void {
    this.count('failed');
    this.#parts.onFault(error);
    writer.fail();
  }
}

/** One of each room, then the next of each, so that a large room does not take what a node may send. Who had a turn lately is last. */
function* inTurns(writers: Iterable<SocketWriter>, servedAt: ReadonlyMap<string, number>): Generator<SocketWriter> {
  const rooms = [...Map.groupBy(writers, (writer) => writer.roomId)];
  rooms.sort(([a], [b]) => (servedAt.get(a) ?? 0) - (servedAt.get(b) ?? 0));
  let left = rooms.map(([, each]) => each);
  for (let turn = 0; left.length > 0; turn++) {
    for (const room of left) yield room[turn]!;
    left = left.filter((room) => turn + 1 < room.length);
  }
}
