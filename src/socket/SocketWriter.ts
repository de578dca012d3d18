import type { Duplex } from 'node:stream';
import { TokenBucket } from '../gate/token-bucket.ts';
import { batchMessages, kindOf } from '../outbox/batch.ts';
import type { Deflater } from '../outbox/Deflater.ts';
import type { Delivery, Lane } from '../outbox/delivery.ts';
import { FrameStore } from '../outbox/FrameStore.ts';
import { nextStand, type Pressure, START, type Stand, type Step, slowdownOf } from '../outbox/ladder.ts';
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
/** Frames of one turn that a connection keeps space for. */
const FRAMES_OF_A_TURN = 64;
/** What a slow link is handed at once: so much of what it has carried, within bounds. */
const BATCH_MS = 50;
const [MIN_BATCH_BYTES, FIRST_BATCH_BYTES, MAX_BATCH_BYTES] = [4_096, 16_384, 262_144];
/** Patches that are further apart do not follow each other. */
const PATCH_GAP_MS = 1_000;
/** What one of many that wait may hand over at once. */
const MAX_PUMP_BYTES = 1_048_576;
/** Of the age at which a connection ends: as far as something goes that shall not end it. */
const NOT_THE_END = 0.9;
const NOTHING = Buffer.alloc(0);
const CONTROL: Delivery = { priority: 'critical' };
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
  readonly #store = new FrameStore();
  readonly #budget: TokenBucket | undefined;
  readonly #frames: Buffer[] = [];
  #turnBytes = 0;
  #waitsForEndOfTurn = false;
  readonly #onWritten: OnWritten[] = [];
  #stand: Stand = START;
  /** Batches that the system did not take at once, and those of them that it has taken since. */
  #heldBack = 0;
  #taken = 0;
  /** The last of them: when it was handed over, and how large it is. */
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
    this.#outbox = new Outbox({ maxBytes: flow.maxMessageBytes });
    const { bytesPerSecond } = flow;
    if (bytesPerSecond > 0) {
      this.#budget = new TokenBucket({ perSecond: bytesPerSecond, burst: bytesPerSecond / 2 }, flow.now());
    }
  }

  get step(): Step {
    return this.#stand.step;
  }

  /** What is sent now leaves right behind what was sent before: nothing is held back, and nothing overtakes. */
  get isInOrder(): boolean {
    return this.#isFree;
  }

  /** Bytes that the system has not taken yet. */
  get waitingBytes(): number {
    return this.#turnBytes + this.#outbox.bytes + this.#stream.writableLength;
  }

  /** Of what waits in the outbox. */
  waitingIn(lane: Lane): number {
    return this.#outbox.bytesIn(lane);
  }

  send(payload: Uint8Array, delivery?: Delivery, onWritten?: OnWritten): void {
    const frame = this.#flow.frameOf(payload);
    if (onWritten !== undefined) this.#onWritten.push(onWritten);
    if (!this.#waitsForEndOfTurn) {
      this.#waitsForEndOfTurn = true;
      this.#flow.flushAtEndOfTurn(this);
    }
    if (this.#isFree) {
      if (kindOf(payload) === 'state') this.#outbox.noteState(frame);
      this.#frames.push(frame);
      this.#turnBytes += frame.byteLength;
      this.#spend(frame.byteLength);
    } else {
      this.#queue(payload, frame, delivery);
    }
    if (delivery?.priority === 'critical' || this.#turnBytes > this.#flow.bounds.bytes) this.flush();
  }

  endTurn(): void {
    this.#waitsForEndOfTurn = false;
    this.flush();
  }

  /** Writes what waits, as far as the system and the budgets let it. */
  flush(): void {
    this.#writeTurn();
    if (!this.#outbox.isEmpty && this.#flow.hasBudget) this.#pump();
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
    const { bytes, ageMs } = this.#flow.bounds;
    // A large state must be able to leave at all, to who joins and who is resynchronised.
    const bounds = { bytes: Math.max(bytes, 2 * this.#outbox.stateBytes), ageMs };
    const stand = nextStand(this.#stand, this.#pressure(now), bounds, now);
    const before = this.#stand.step;
    this.#stand = stand;
    if (stand.step !== before) this.#onStep(stand.step);
    if (stand.step === 'latest' || stand.step === 'stopped') this.#outbox.dropLow();
    return !this.#isFree || this.#silentSince !== undefined;
  }

  /** True while it waits for nothing but a budget. */
  get waitsForTurn(): boolean {
    return !this.#outbox.isEmpty && this.#inFlight === undefined && !this.#isClosed;
  }

  /** Its turn, in which it may send so many bytes. */
  turn(bytes: number): void {
    if (!this.#outbox.isEmpty) this.#pump(bytes);
  }

  /** Something went wrong with it: it ends, and nobody else notices. */
  fail(): void {
    this.#isClosed = true;
    this.#flow.remove(this);
    this.#stream.destroy();
  }

  get #isFree(): boolean {
    return this.#stand.step === 'free' && this.#inFlight === undefined && this.#outbox.isEmpty && this.#mayWrite();
  }

  #spend(bytes: number): void {
    this.#flow.spend(bytes);
    this.#budget?.spend(this.#flow.now(), bytes);
  }

  #mayWrite(): boolean {
    return this.#flow.hasBudget && this.#hasOwnBudget();
  }

  #hasOwnBudget(): boolean {
    return this.#budget === undefined || this.#budget.has(this.#flow.now());
  }

  /** Of what cannot leave: patches that are only held back for a moment are no pressure, messages always are. */
  #pressure(now: number): Pressure {
    const notTheEnd = this.#flow.bounds.ageMs * NOT_THE_END;
    // Heartbeats end who is gone, and not everybody who is silent is.
    const silentMs = Math.min(now - (this.#silentSince ?? now), notTheEnd);
    const isStuck = this.#inFlight !== undefined || !this.#hasOwnBudget();
    if (!isStuck && this.#flow.hasBudget) return { waitingBytes: this.#outbox.messageBytes, ageMs: silentMs };
    const ageMs = now - Math.min(this.#outbox.oldestAt ?? now, this.#inFlight?.since ?? now);
    // That the node sends too much in all is no fault of a connection.
    return { waitingBytes: this.waitingBytes, ageMs: Math.max(silentMs, isStuck ? ageMs : Math.min(ageMs, notTheEnd)) };
  }

  #queue(payload: Uint8Array, shared: Buffer, delivery: Delivery = {}): void {
    const now = this.#flow.now();
    this.#flow.watch(this);
    const kind = kindOf(payload);
    if (kind === 'patch') this.#notePatch(now);
    if (kind === 'patch' && this.#outbox.owesState) return;
    const frame = this.#store.keep(shared);
    switch (kind) {
      case 'patch':
        if (this.#outbox.offerPatch(frame, now) === 'given_up') this.#flow.count('given_up');
        break;
      case 'state':
        this.#outbox.offerState(frame, now);
        break;
      case 'control':
        this.#offer(frame, CONTROL, now);
        break;
      default:
        this.#offer(frame, delivery, now);
    }
    // A room that sends without end in one turn must not wait for the next look.
    if (this.#outbox.bytes <= this.#flow.bounds.bytes) return;
    if (this.#flow.hasBudget) this.#pump();
    if (this.#outbox.bytes > this.#flow.bounds.bytes) this.look(now);
  }

  #offer(frame: Buffer, delivery: Delivery, now: number): void {
    if (this.#outbox.offerMessage(frame, delivery, now) !== 'too_large') return;
    this.#flow.count('too_large');
    // What must be delivered and cannot be ends the connection.
    if (delivery.priority === 'critical') this.#end();
  }

  #end(): void {
    if (this.listener !== undefined) this.listener.onTooSlow();
    // Nobody has taken a seat yet: there is nothing to come back to.
    else this.#stream.destroy();
  }

  /** How often patches come, so that a share of them is known. */
  #notePatch(now: number): void {
    const gap = now - this.#patchAt;
    if (gap < PATCH_GAP_MS) this.#patchEveryMs += (gap - this.#patchEveryMs) / 8;
    this.#patchAt = now;
  }

  #onStep(step: Step): void {
    this.#flow.count(step);
    if (step === 'stopped' && this.#outbox.giveUpPatches()) this.#flow.count('given_up');
    if (step === 'closed') this.#end();
    else this.listener?.onStep(step);
  }

  /** Hands over what waits, until the system no longer takes it at once or so many bytes are gone. */
  #pump(most = MAX_PUMP_BYTES): void {
    if (this.#isPumping || this.#inFlight !== undefined || this.#isClosed) return;
    this.#isPumping = true;
    try {
      // A turn's writes may be cut in two: what was sent first goes first.
      this.#writeTurn();
      const now = this.#flow.now();
      const patches = this.#mayPatch(now);
      if (this.#outbox.owesState && patches) this.listener?.resync();
      for (let left = most; left > 0 && this.#inFlight === undefined && this.#hasOwnBudget(); ) {
        const wanted = Math.max(MIN_BATCH_BYTES, this.#bytesPerMs * BATCH_MS);
        const batch = Math.min(left, MAX_BATCH_BYTES, wanted, this.#budget?.level ?? MAX_BATCH_BYTES);
        const frames = this.#outbox.take(batch, now, { patches });
        if (frames.length === 0) break;
        if (patches) this.#patchSentAt = now;
        const bytes = sum(frames);
        left -= bytes;
        this.#spend(bytes);
        this.#write(frames, bytes);
        // It takes more than it was thought to.
        if (this.#inFlight === undefined) this.#bytesPerMs = Math.min(2 * this.#bytesPerMs, MAX_BATCH_BYTES / BATCH_MS);
      }
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

  #writeTurn(): void {
    if (this.#frames.length === 0) return;
    const bytes = this.#turnBytes;
    this.#turnBytes = 0;
    this.#write(this.#frames, bytes);
    // With its length set to 0 an array gives its space away, and takes it anew in the next turn. One that grew shall.
    if (this.#frames.length > FRAMES_OF_A_TURN) this.#frames.length = 0;
    else while (this.#frames.length > 0) this.#frames.pop();
  }

  #write(all: Buffer[], allBytes: number): void {
    let frames = this.mayBatch && all.length > 1 ? batchMessages(all) : all;
    let bytes = allBytes;
    if (this.deflater !== undefined) {
      const { deflater } = this;
      frames = frames.map((frame) => deflater.deflate(frame));
      bytes = sum(frames);
    }
    const done = this.#onWritten.length === 0 ? undefined : callAll(this.#onWritten.splice(0));
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
    // Taken at once, as nearly always; a callback for each write would cost a tenth of it.
    if (this.#stream.writableLength === 0) return;
    this.#inFlight = { since: this.#inFlight?.since ?? this.#flow.now(), bytes };
    this.#heldBack += 1;
    // Behind it: done when all before it is.
    this.#stream.write(NOTHING, this.#onTaken);
    this.#flow.watch(this);
  }

  readonly #onTaken = (): void => {
    this.#taken += 1;
    if (this.#inFlight === undefined || this.#taken < this.#heldBack) return;
    const { since, bytes } = this.#inFlight;
    this.#inFlight = undefined;
    const took = Math.max(1, this.#flow.now() - since);
    this.#bytesPerMs += (bytes / took - this.#bytesPerMs) / 4;
    if (this.#flow.hasBudget) this.#pump();
    if (this.#outbox.isEmpty) this.#store.clear();
  };
}

function callAll(callbacks: readonly OnWritten[]): (error?: Error | null) => void {
  return (error) => {
    for (const callback of callbacks) callback(error ?? undefined);
  };
}

function sum(frames: readonly Buffer[]): number {
  return frames.reduce((bytes, frame) => bytes + frame.byteLength, 0);
}
