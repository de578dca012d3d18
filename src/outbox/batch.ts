import { getMessageBytes, Protocol, ProtocolModifier } from '@colyseus/core';
import { RPC_MESSAGE } from '../../schema/index.ts';
import { binaryFrame, payloadOf } from './websocket-frame.ts';

const KIND_MASK = 0x1f;
/** After the first byte of a frame that carries times: the server's clock and the last input that was used. */
const TIMES_BYTES = 8;
/** Back to the root of the state, where the first change of every patch belongs. */
const TO_ROOT = Uint8Array.of(255, 0);

export type Kind = 'patch' | 'state' | 'control' | 'message';

/** What a payload of Colyseus's is. */
export function kindOf(payload: Uint8Array): Kind {
  switch (payload[0]! & KIND_MASK) {
    case Protocol.ROOM_STATE_PATCH:
      return 'patch';
    case Protocol.ROOM_STATE:
      return 'state';
    case Protocol.ROOM_DATA:
    case Protocol.ROOM_DATA_BYTES:
      return 'message';
    default:
      return 'control';
  }
}

/** Several patches as one, for a client that has none of them yet: their changes one after the other, and the latest times. */
export function mergePatches(frames: readonly Buffer[]): Buffer {
  if (frames.length === 1) return frames[0]!;
  const payloads = frames.map(payloadOf);
  const last = payloads.at(-1)!;
  const head = (last[0]! & ProtocolModifier.TIMED) === 0 ? 1 : 1 + TIMES_BYTES;
  const parts: Uint8Array[] = [last.subarray(0, head)];
  for (const payload of payloads) {
    const changes = payload.subarray((payload[0]! & ProtocolModifier.TIMED) === 0 ? 1 : 1 + TIMES_BYTES);
    // A heartbeat of the clock has none.
    if (changes.byteLength === 0) continue;
    if (parts.length > 1) parts.push(TO_ROOT);
    parts.push(changes);
  }
  return binaryFrame(Buffer.concat(parts));
}

/** What each JSON-RPC message begins with: its kind, and the name of its type. */
const RPC_HEAD = Buffer.from(getMessageBytes.raw(Protocol.ROOM_DATA, RPC_MESSAGE));
/** Messages of one batch, as clients take them. */
export const MAX_BATCH = 64;

/** The frames, with JSON-RPC messages that follow each other as one batch. What is a batch already, or text, stays by itself. */
export function batchMessages(frames: readonly Buffer[]): Buffer[] {
  const out: Buffer[] = [];
  let run: Buffer[] = [];
  const end = () => {
    if (run.length > 0) out.push(run.length === 1 ? run[0]! : batch(run));
    run = [];
  };
  for (const frame of frames) {
    const mayJoin = isEnvelope(frame);
    if (!mayJoin || run.length >= MAX_BATCH) end();
    if (mayJoin) run.push(frame);
    else out.push(frame);
  }
  end();
  return out;
}

function isEnvelope(frame: Buffer): boolean {
  const payload = payloadOf(frame);
  if (!RPC_HEAD.equals(payload.subarray(0, RPC_HEAD.byteLength))) return false;
  const first = payload[RPC_HEAD.byteLength] ?? 0;
  // A map of msgpack.
  return (first & 0xf0) === 0x80 || first === 0xde || first === 0xdf;
}

/** Packed values one after the other are what an array of them holds. */
function batch(frames: readonly Buffer[]): Buffer {
  const bodies = frames.map((frame) => payloadOf(frame).subarray(RPC_HEAD.byteLength));
  return binaryFrame(Buffer.concat([RPC_HEAD, arrayHead(bodies.length), ...bodies]));
}

/** Of a msgpack array, which then holds its values one after the other. */
function arrayHead(length: number): Uint8Array {
  return length < 16 ? Uint8Array.of(0x90 + length) : Uint8Array.of(0xdc, length >> 8, length & 0xff);
}
