/** Frames of Colyseus's protocol, as the lean client reads and writes them. */

import { type Decoder, decode, encode, Reflection, type Schema } from '@colyseus/schema';
import { InputEncoder } from '@colyseus/schema/input';
import { pack, unpack } from 'msgpackr';
import { MoveInput, RPC_MESSAGE } from '../../client/src/index.ts';
import { bodyOf, Protocol } from './protocol.ts';

const HEAD = headOf(RPC_MESSAGE);

function headOf(type: string): Buffer {
  const bytes = Buffer.alloc(64);
  const it = { offset: 1 };
  bytes[0] = Protocol.ROOM_DATA;
  encode.string(bytes, type, it);
  return bytes.subarray(0, it.offset);
}

export function rpcFrame(payload: object): Buffer {
  return Buffer.concat([HEAD, pack(payload)]);
}

/** The payload of a JSON-RPC message; undefined of another message. */
export function rpcIn(frame: Buffer): unknown {
  if (!frame.subarray(0, HEAD.byteLength).equals(HEAD)) return undefined;
  return unpack(frame.subarray(HEAD.byteLength));
}

const inputs = new Map<number, Buffer>();

/** Made once for each direction: inputs are most of what is sent. */
export function inputFrame(mx: number, my: number): Buffer {
  const key = (mx + 128) * 256 + my + 128;
  let frame = inputs.get(key);
  if (frame === undefined) {
    const body = new InputEncoder(new MoveInput({ mx, my })).encode();
    frame = Buffer.concat([Buffer.of(Protocol.ROOM_INPUT_RELIABLE), body]);
    inputs.set(key, frame);
  }
  return frame;
}

export interface Handshake {
  readonly reconnectionToken: string;
  /** Made from what the server says of its state; undefined on a return, which does not say it again. */
  readonly decoder: Decoder<Schema> | undefined;
}

export function readHandshake(frame: Buffer, decodes: boolean): Handshake {
  const it = { offset: 1 };
  const text = () => {
    const length = frame[it.offset++]!;
    it.offset += length;
    return frame.toString('utf8', it.offset - length, it.offset);
  };
  const reconnectionToken = text();
  text();
  if (!decodes || it.offset >= frame.byteLength) return { reconnectionToken, decoder: undefined };
  const end = decode.number(frame, it)! + it.offset;
  const decoder = end > it.offset ? Reflection.decode(frame.subarray(0, end), it) : undefined;
  return { reconnectionToken, decoder: decoder as Decoder<Schema> | undefined };
}

/** A whole state takes the place of what was there before. */
export function decodeState(decoder: Decoder<Schema>, frame: Uint8Array): void {
  if (decoder.root.refs.size > 1) decoder.decodeResync(frame, { offset: bodyOf(frame) });
  else decoder.decode(frame, { offset: bodyOf(frame) });
}

export function decodePatch(decoder: Decoder<Schema>, frame: Uint8Array): void {
  decoder.decode(frame, { offset: bodyOf(frame) });
}

export function refusalIn(frame: Buffer): string {
  const it = { offset: 1 };
  const code = decode.number(frame, it);
  return `${decode.string(frame, it)} (${code})`;
}
