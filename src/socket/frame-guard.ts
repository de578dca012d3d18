import { Protocol } from '@colyseus/core';
import { decode, type Iterator } from '@colyseus/schema';
import { unpack } from 'msgpackr';
import { type CloseCodeName, RPC_MESSAGE } from '../../schema/index.ts';
import type { Config } from '../config.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Clock } from '../ports/clock.ts';
import { Allowance } from './Allowance.ts';
import type { InputCheck } from './input-check.ts';
import { isHarmlessMsgpack } from './msgpack-check.ts';

/** Low five bits of the first byte: the kind of a frame. The rest are modifiers. */
const KIND_MASK = 0x1f;

const FROM_CLIENT: readonly number[] = [
  Protocol.JOIN_ROOM,
  Protocol.LEAVE_ROOM,
  Protocol.ROOM_DATA,
  Protocol.ROOM_DATA_BYTES,
  Protocol.PING,
  Protocol.ROOM_INPUT_RELIABLE,
  Protocol.ROOM_INPUT_UNRELIABLE,
  Protocol.ROOM_REQUEST,
];
/** By kind: looked up for each frame. */
const MAY_COME = Array.from({ length: KIND_MASK + 1 }, (_, kind) => FROM_CLIENT.includes(kind));

/** What a room knows of the frames that its clients send. */
export interface RoomFrames {
  /** A JSON-RPC message, decoded. */
  receive(payload: unknown): void;
  /** Undefined in a room without inputs. */
  readonly inputs: InputCheck | undefined;
  /** Has the room a handler for requests of this type? */
  answers(type: string | number): boolean;
  /** A request that it has none for. */
  refuse(requestId: number): void;
}

/** What becomes of a frame: it passes, it was dealt with, or it ends its connection. */
export type Verdict = 'pass' | 'done' | CloseCodeName;

export interface FrameGuardParts {
  readonly limits: Config['limits'];
  readonly clock: Clock;
  readonly counters: Counters;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Looks at each frame of one connection before Colyseus does: bounds what may be
 * sent, refuses what is no protocol, and what its decoders would choke on.
 */
export class FrameGuard {
  /** Set once the connection has its seat. */
  room: RoomFrames | undefined;
  readonly #parts: FrameGuardParts;
  #allowance: Allowance;

  constructor(parts: FrameGuardParts) {
    this.#parts = parts;
    this.#allowance = new Allowance(parts.limits, parts.clock.monotonic());
  }

  get allowance(): Allowance {
    return this.#allowance;
  }

  /** The connection is known to be of a session, which has one. What came before that counts as well. */
  continueWith(allowance: Allowance): void {
    allowance.charge(this.#parts.clock.monotonic(), this.#allowance);
    this.#allowance = allowance;
  }

  inspect(frame: Uint8Array, isBinary: boolean): Verdict {
    if (!this.#mayCome(frame.byteLength)) return this.#refused('flooding', 'FLOODING');
    if (!isBinary || frame.byteLength === 0) return this.#refused('protocol', 'PROTOCOL_ERROR');
    const kind = frame[0]! & KIND_MASK;
    if (!MAY_COME[kind]) return this.#refused('protocol', 'PROTOCOL_ERROR');
    if (kind === Protocol.ROOM_INPUT_RELIABLE || kind === Protocol.ROOM_INPUT_UNRELIABLE) {
      return this.#input(frame, kind);
    }
    if (kind === Protocol.ROOM_DATA) return this.#message(frame);
    return kind === Protocol.ROOM_REQUEST ? this.#request(frame) : 'pass';
  }

  /** A WebSocket ping, which is answered below everything else and costs as much as a message. */
  inspectPing(bytes: number): Verdict {
    return this.#mayCome(bytes) ? 'pass' : this.#refused('flooding', 'FLOODING');
  }

  /** A frame made the code behind it throw. */
  failed(error: unknown): void {
    this.#parts.counters.count('frames_refused', 'undecodable');
    this.#parts.onFailure(error);
  }

  #mayCome(bytes: number): boolean {
    return this.#allowance.take(this.#parts.clock.monotonic(), bytes);
  }

  #input(frame: Uint8Array, kind: number): Verdict {
    const inputs = this.room?.inputs;
    const isGood =
      inputs !== undefined &&
      (kind === Protocol.ROOM_INPUT_RELIABLE ? inputs.isReliable(frame) : inputs.isUnreliable(frame));
    return isGood ? 'pass' : this.#refused('input', 'PROTOCOL_ERROR');
  }

  #message(frame: Uint8Array): Verdict {
    if (isRpc(frame)) return this.#rpc(frame);
    const it: Iterator = { offset: 1 };
    // As Colyseus reads it, whatever comes out: it unpacks what follows before it asks whether the type is known.
    try {
      if (decode.stringCheck(frame, it)) decode.string(frame, it);
      else decode.number(frame, it);
    } catch {
      return this.#refused('undecodable', 'BAD_MESSAGE');
    }
    if (!(it.offset < frame.byteLength)) return 'pass';
    return isHarmlessMsgpack(frame, it.offset) ? 'pass' : this.#refused('undecodable', 'BAD_MESSAGE');
  }

  /** Nearly every message is of this type: it goes to its room without the detour through handlers by name. */
  #rpc(frame: Uint8Array): Verdict {
    const { room } = this;
    if (room === undefined) return 'pass';
    let payload: unknown;
    try {
      if (!isHarmlessMsgpack(frame, RPC_HEAD.length)) return this.#refused('undecodable', 'BAD_MESSAGE');
      payload = unpack(frame.subarray(RPC_HEAD.length));
    } catch {
      return this.#refused('undecodable', 'BAD_MESSAGE');
    }
    room.receive(payload);
    return 'done';
  }

  #request(frame: Uint8Array): Verdict {
    const it: Iterator = { offset: 1 };
    const id = numberOf(frame, it);
    const type = typeOf(frame, it);
    if (id === undefined) return this.#refused('undecodable', 'BAD_MESSAGE');
    if (type === undefined || this.room?.answers(type) !== true) {
      this.room?.refuse(id);
      return 'done';
    }
    if (it.offset >= frame.byteLength || isHarmlessMsgpack(frame, it.offset)) return 'pass';
    return this.#refused('undecodable', 'BAD_MESSAGE');
  }

  #refused(label: string, name: CloseCodeName): CloseCodeName {
    this.#parts.counters.count('frames_refused', label);
    return name;
  }
}

/** The head of a ROOM_DATA frame of type `rpc`: a string of three letters. */
const RPC_HEAD = [Protocol.ROOM_DATA, 0xa0 + RPC_MESSAGE.length, ...Buffer.from(RPC_MESSAGE)];

function isRpc(frame: Uint8Array): boolean {
  if (frame.byteLength <= RPC_HEAD.length) return false;
  for (let i = 0; i < RPC_HEAD.length; i++) if (frame[i] !== RPC_HEAD[i]) return false;
  return true;
}

/** As Colyseus reads it; undefined when it cannot be read. */
function typeOf(frame: Uint8Array, it: Iterator): string | number | undefined {
  if (!decode.stringCheck(frame, it)) return numberOf(frame, it);
  try {
    const type = decode.string(frame, it);
    return it.offset <= frame.byteLength ? type : undefined;
  } catch {
    return undefined;
  }
}

function numberOf(frame: Uint8Array, it: Iterator): number | undefined {
  try {
    const value = decode.number(frame, it);
    return typeof value === 'number' && Number.isFinite(value) && it.offset <= frame.byteLength ? value : undefined;
  } catch {
    return undefined;
  }
}
