import { AsyncLocalStorage } from 'node:async_hooks';
import { decode } from '@colyseus/schema';
import type { Tally } from '../measure/Tally.ts';
import type { MeteredSocket } from './MeteredSocket.ts';
import { isTimed, kindOf, Protocol } from './protocol.ts';

/** In the handshake: options of inputs, of which the pause between patches is one. */
const INPUT_OPTIONS = 2;
const FIXED_TIMESTEP = 1 << 1;
const PATCH_RATE = 1 << 2;
/** One stall stands for so many late patches at most. */
const MOST_LATE = 10_000;

/** Whose sockets are being opened: the SDK opens them itself, for a return as well, and takes no more than an address. */
export const currentMeter = new AsyncLocalStorage<Meter>();

/** What passes the sockets of one stay in one room, counted, timed and checked frame by frame, whoever decodes it. */
export class Meter {
  readonly #tally: Tally;
  #socket: MeteredSocket | undefined;
  /** Called when a whole state has come and was decoded. */
  onState: (() => void) | undefined;
  /** Patches come when this player reads, not when they are sent: it times none. */
  readsSlowly = false;
  #patchMs: number | undefined;
  #lastPatchAt: number | undefined;
  #lastPause: number | undefined;
  #roomClock = 0;
  #inputsSent = 0;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** The last that was opened. */
  get socket(): MeteredSocket | undefined {
    return this.#socket;
  }

  opened(socket: MeteredSocket): void {
    this.#socket = socket;
    // The server counts the inputs of each connection by itself.
    this.#roomClock = 0;
    this.#inputsSent = 0;
  }

  sent(frame: Uint8Array): void {
    this.#tally.count('bytesOut', frame.byteLength);
    if (kindOf(frame) !== Protocol.ROOM_INPUT_RELIABLE) return;
    this.#inputsSent += 1;
    this.#tally.count('inputs');
  }

  /** After the client has taken it. */
  came(frame: Uint8Array): void {
    const tally = this.#tally;
    tally.count('frames');
    tally.count('bytesIn', frame.byteLength);
    const kind = kindOf(frame);
    if (kind === Protocol.JOIN_ROOM) this.#patchMs ??= patchMsOf(frame);
    if (kind !== Protocol.ROOM_STATE && kind !== Protocol.ROOM_STATE_PATCH) return;
    if (isTimed(frame)) this.#checkSequence(frame);
    if (kind === Protocol.ROOM_STATE) this.onState?.();
    else tally.count('patches');
    this.#timePatch(performance.now());
  }

  fault(what: string): void {
    this.#tally.count('faults');
    this.#tally.problem(what);
  }

  #checkSequence(frame: Uint8Array): void {
    const it = { offset: 1 };
    const clock = decode.uint32(frame, it);
    const acknowledged = decode.uint32(frame, it);
    if (clock < this.#roomClock) this.fault("a room's clock went back");
    if (acknowledged > this.#inputsSent) this.fault('an input was acknowledged that was never sent');
    this.#roomClock = clock;
  }

  #timePatch(now: number): void {
    const last = this.#lastPatchAt;
    this.#lastPatchAt = now;
    if (last === undefined || this.readsSlowly) return;
    const pause = now - last;
    this.#tally.time('patch', pause);
    if (this.#lastPause !== undefined) this.#tally.time('jitter', Math.abs(pause - this.#lastPause));
    this.#lastPause = pause;
    // A second without a patch is not one late patch among thousands, but sixty that were late, each by less.
    if (this.#patchMs === undefined) return;
    let late = pause - this.#patchMs;
    for (let i = 0; late >= this.#patchMs && i < MOST_LATE; i++, late -= this.#patchMs) this.#tally.time('patch', late);
  }
}

/** How often the room says that it sends patches, in milliseconds. Only rooms that take inputs say so. */
function patchMsOf(frame: Uint8Array): number | undefined {
  const it = { offset: 1 };
  const skipText = () => {
    it.offset += 1 + frame[it.offset]!;
  };
  skipText();
  skipText();
  if (it.offset >= frame.byteLength) return undefined;
  const reflection = decode.number(frame, it)!;
  it.offset += reflection;
  while (it.offset < frame.byteLength) {
    const tag = frame[it.offset++];
    const length = decode.number(frame, it)!;
    const end = it.offset + length;
    if (tag === INPUT_OPTIONS) {
      const flags = frame[it.offset++]!;
      if ((flags & FIXED_TIMESTEP) !== 0) decode.number(frame, it);
      const ms = (flags & PATCH_RATE) === 0 ? undefined : decode.number(frame, it);
      return ms !== undefined && ms > 0 ? ms : undefined;
    }
    it.offset = end;
  }
  return undefined;
}
