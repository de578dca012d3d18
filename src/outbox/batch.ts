import { getMessageBytes, Protocol } from '@colyseus/core';
import { RPC_MESSAGE } from '../../schema/index.ts';
import { binaryFrame, payloadOf } from './websocket-frame.ts';

const KIND_MASK = 0x1f;

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
