import type { Duplex } from 'node:stream';
import { TokenBucket } from '../gate/token-bucket.ts';
import type { Deflater } from '../outbox/Deflater.ts';
import type { Delivery } from '../outbox/delivery.ts';
import { nextStand, type Pressure, START, type Stand, type Step, slowdownOf } from '../outbox/ladder.ts';
import { batchMessages, kindOf } from '../outbox/merge.ts';
import { Outbox } from '../outbox/Outbox.ts';
import type { FlowControl } from './FlowControl.ts';

/** Called when what it was given with has gone to the system, or cannot any more. */
export type OnWritten = (error?: Error) => void;

/** What becomes of a connection that is slow, told to whoever knows its room. None of it throws. */
export interface FlowListener {
  /** It stands on another step of the ladder. */
  onStep(step: Step): void;
  /** It needs the whole state: to be sent at once. */
  resync(): void;
  /** It is beyond its bounds. */
  onTooSlow(): void;
}

/** Frames of one turn that are copied together into one write; beyond, the system gathers them. */
const MAX_JOINED_BYTES = 16_384;
/** What a slow link is handed at once: so much of what it has carried, within bounds. */
const BATCH_MS = 50;
const [MIN_BATCH_BYTES, FIRST_BATCH_BYTES, MAX_BATCH_BYTES] = [4_096, 16_384, 262_144];
/** Patches that are further apart do not follow each other. */
const PATCH_GAP_MS = 1_000;
/** What of a queue still leaves before a close. */
const LAST_BYTES = 65_536;
/** Patches of the slowest connections still come so often in a second, until they are stopped. */
const MIN_PATCHES_PER_SECOND = 5;

/**
 * The last write of one connection. What is sent in one turn of the event loop
 * leaves in one write at the end of the turn, in bytes that nobody else has:
 * Colyseus hands each client a view of a buffer that it writes the next patch
 * into. What the system does not take waits in the outbox.
 */
export class SocketWriter {
  listener: FlowListener | undefined;
  /** Of the room: connections of one share what a node may send with those of the others. */
  roomId = '';
  /** Of a connection whose other end can inflate. */
  deflater: Deflater | undefined;
  /** JSON-RPC messages of one write may leave as one batch. */
  mayBatch = false;
  readonly #stream: Duplex;
  readonly #flow: FlowControl;
  readonly #outbox: Outbox;
  readonly #budget: TokenBucket | undefined;
  #frames: Buffer[] = [];
  #turnBytes = 0;
  #waitsForEndOfTurn = false;
  #onWritten: OnWritten[] = [];
  #stand: Stand = START;
  /** When the batch that the system has not taken yet was handed over, and how large it is. */
  #inFlight: { readonly since: number; readonly bytes: number } | undefined;
  #bytesPerMs = FIRST_BATCH_BYTES / BATCH_MS;
  /** Since when the other end has not answered; what it was sent may lie in buffers that we cannot see. */
  #silentSince: number | undefined;
  #patchEveryMs = 0;
  #patchAt = 0;
  #patchSentAt = 0;
  #isPumping = false;
  #isClosed = false;

  constructor(stream: Duplex, flow: FlowControl) {
    this.#stream = stream;
    this.#flow = flow;
    this.#outbox = new Outbox({ maxBytes: flow.bounds.bytes });
    const { bytesPerSecond } = flow;
    if (bytesPerSecond > 0) {
      this.#budget = new TokenBucket({ perSecond: bytesPerSecond, burst: bytesPerSecond / 2 }, flow.now());
    }
  }

  get step(): Step {
    return this.#stand.step;
  }

  /** Bytes that the system has not taken yet. */
  get waitingBytes(): number {
    return this.#turnBytes + this.#outbox.bytes + this.#stream.writableLength;
  }

  send(payload: Uint8Array, delivery?: Delivery, onWritten?: OnWritten): void {
    const frame = this.#flow.frameOf(payload);
    if (onWritten !== undefined) this.#onWritten.push(onWritten);
    if (this.#isFree) {
      this.#frames.push(frame);
      this.#turnBytes += frame.byteLength;
      this.#spend(frame.byteLength);
    } else {
      this.#queue(payload, frame, delivery);
    }
    if (delivery?.priority === 'critical' || this.#turnBytes > this.#flow.bounds.bytes) {
      this.flush();
    } else if (!this.#waitsForEndOfTurn) {
      this.#waitsForEndOfTurn = true;
      this.#flow.flushAtEndOfTurn(this);
    }
  }

  endTurn(): void {
    this.#waitsForEndOfTurn = false;
    this.flush();
  }

  /** Writes what waits, as far as the system and the budgets let it. */
  flush(): void {
    if (this.#frames.length > 0) {
      const frames = this.#frames;
      const bytes = this.#turnBytes;
      this.#frames = [];
      this.#turnBytes = 0;
      this.#write(frames, bytes);
    }
    if (!this.#outbox.isEmpty) this.#pump();
  }

  /** The last that leaves before a close: what is most important of what waits. */
  finish(): void {
    if (this.#isClosed) return;
    this.flush();
    const last = this.#outbox.take(LAST_BYTES, this.#flow.now(), { patches: false });
    if (last.length > 0) this.#write(last, sum(last));
    this.#isClosed = true;
    this.#flow.remove(this);
  }

  /** The other end has not answered since then. Undefined: it has. */
  silentSince(at: number | undefined): void {
    this.#silentSince = at;
    if (at !== undefined) this.#flow.watch(this);
  }

  /** Looks at where it stands. Called now and then while it is slow; false when it is not any more. */
  look(now: number): boolean {
    if (this.#isClosed || this.#stream.destroyed) return false;
    const { bounds } = this.#flow;
    const stand = nextStand(this.#stand, this.#pressure(now), bounds, now);
    const before = this.#stand.step;
    this.#stand = stand;
    if (stand.step !== before) this.#onStep(stand.step);
    if (stand.step === 'latest' || stand.step === 'stopped') this.#outbox.dropLow();
    return !this.#isFree || this.#silentSince !== undefined;
  }

  /** Lets it write while the node's budget lasts. */
  turn(): void {
    if (!this.#outbox.isEmpty) this.#pump();
  }

  get #isFree(): boolean {
    return this.#stand.step === 'free' && this.#inFlight === undefined && this.#outbox.isEmpty && this.#mayWrite();
  }

  #spend(bytes: number): void {
    this.#flow.spend(bytes);
    this.#budget?.spend(this.#flow.now(), bytes);
  }

  #mayWrite(): boolean {
    return this.#flow.hasBudget && (this.#budget === undefined || this.#budget.has(this.#flow.now()));
  }

  /** Of what cannot leave: patches that are only held back for a moment are no pressure. */
  #pressure(now: number): Pressure {
    const silentMs = now - (this.#silentSince ?? now);
    if (this.#inFlight === undefined && this.#mayWrite()) return { waitingBytes: 0, ageMs: silentMs };
    const oldest = Math.min(this.#outbox.oldestAt ?? now, this.#inFlight?.since ?? now);
    return { waitingBytes: this.waitingBytes, ageMs: Math.max(silentMs, now - oldest) };
  }

  #queue(payload: Uint8Array, frame: Buffer, delivery: Delivery = {}): void {
    const now = this.#flow.now();
    this.#flow.watch(this);
    switch (kindOf(payload)) {
      case 'patch':
        this.#notePatch(now);
        this.#outbox.offerPatch(frame, now);
        break;
      case 'state':
        this.#outbox.offerState(frame, now);
        break;
      case 'control':
        this.#outbox.offerMessage(frame, { priority: 'critical' }, now);
        break;
      default:
        if (this.#outbox.offerMessage(frame, delivery, now) === 'too_large') this.#flow.count('too_large');
    }
    // A room that sends without end in one turn must not wait for the next look.
    if (this.#outbox.bytes > this.#flow.bounds.bytes) this.look(now);
  }

  /** How often patches come, so that a share of them is known. */
  #notePatch(now: number): void {
    const gap = now - this.#patchAt;
    if (gap < PATCH_GAP_MS) this.#patchEveryMs += (gap - this.#patchEveryMs) / 8;
    this.#patchAt = now;
  }

  #onStep(step: Step): void {
    this.#flow.count(step);
    if (step === 'stopped') this.#outbox.giveUpPatches();
    if (step !== 'closed') this.listener?.onStep(step);
    else if (this.listener !== undefined) this.listener.onTooSlow();
    // Nobody has taken a seat yet: there is nothing to come back to.
    else this.#stream.destroy();
  }

  #pump(): void {
    if (this.#isPumping || this.#inFlight !== undefined || this.#isClosed || !this.#mayWrite()) return;
    this.#isPumping = true;
    try {
      const now = this.#flow.now();
      const patches = this.#mayPatch(now);
      if (this.#outbox.owesState && patches) this.listener?.resync();
      const batch = Math.min(MAX_BATCH_BYTES, Math.max(MIN_BATCH_BYTES, this.#bytesPerMs * BATCH_MS));
      const frames = this.#outbox.take(batch, now, { patches });
      if (patches) this.#patchSentAt = now;
      if (frames.length === 0) return;
      const bytes = sum(frames);
      this.#spend(bytes);
      this.#write(frames, bytes);
    } finally {
      this.#isPumping = false;
    }
  }

  #mayPatch(now: number): boolean {
    const slowdown = slowdownOf(this.#stand.step);
    if (slowdown === 1) return true;
    if (slowdown === Number.POSITIVE_INFINITY) return false;
    const pause = Math.min(this.#patchEveryMs * slowdown, 1_000 / MIN_PATCHES_PER_SECOND);
    return now - this.#patchSentAt >= pause;
  }

  #write(all: Buffer[], allBytes: number): void {
    let frames = this.mayBatch && all.length > 1 ? batchMessages(all) : all;
    let bytes = allBytes;
    if (this.deflater !== undefined) {
      const { deflater } = this;
      frames = frames.map((frame) => deflater.deflate(frame));
      bytes = sum(frames);
    }
    const done = this.#onWritten.length === 0 ? this.#onTaken : this.#takenAndTold();
    if (frames.length === 1) {
      this.#stream.write(frames[0], done);
    } else if (bytes <= MAX_JOINED_BYTES) {
      this.#stream.write(Buffer.concat(frames), done);
    } else {
      this.#stream.cork();
      const last = frames.length - 1;
      for (let i = 0; i < last; i++) this.#stream.write(frames[i]);
      this.#stream.write(frames[last], done);
      this.#stream.uncork();
    }
    // Taken at once, as nearly always: nothing waits for the callback.
    if (this.#stream.writableLength === 0) return;
    this.#inFlight = { since: this.#inFlight?.since ?? this.#flow.now(), bytes };
    this.#flow.watch(this);
  }

  readonly #onTaken = (): void => {
    if (this.#inFlight === undefined || this.#stream.writableLength > 0) return;
    const { since, bytes } = this.#inFlight;
    this.#inFlight = undefined;
    const took = Math.max(1, this.#flow.now() - since);
    this.#bytesPerMs += (bytes / took - this.#bytesPerMs) / 4;
    this.#pump();
  };

  #takenAndTold(): (error?: Error | null) => void {
    const told = this.#onWritten;
    this.#onWritten = [];
    return (error) => {
      for (const callback of told) callback(error ?? undefined);
      this.#onTaken();
    };
  }
}

function sum(frames: readonly Buffer[]): number {
  return frames.reduce((bytes, frame) => bytes + frame.byteLength, 0);
}
