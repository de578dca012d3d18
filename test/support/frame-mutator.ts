import { RPC_MESSAGE } from '../../schema/index.ts';
import { dataFrame, FRAME, requestFrame, TIMED } from './raw-client.ts';
import { anyPayload, goodEnvelope, packed, textOf } from './rpc-values.ts';
import type { Seeded } from './seeded.ts';

/** Bytes that mean something to one decoder or another. */
const MEANINGFUL = [
  0, 1, 0x7f, 0x80, 0x81, 0x90, 0xa0, 0xa3, 0xc0, 0xc1, 0xc4, 0xc7, 0xca, 0xcb, 0xcc, 0xce, 0xcf,
].concat([0xd0, 0xd3, 0xd4, 0xd6, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xfe, 0xff, 0x69, 0x70, 0x72, 0x62]);
const KINDS: readonly number[] = [
  FRAME.ROOM_DATA,
  FRAME.ROOM_DATA_BYTES,
  FRAME.ROOM_INPUT_RELIABLE,
  FRAME.ROOM_INPUT_UNRELIABLE,
  FRAME.ROOM_REQUEST,
  FRAME.PING,
  FRAME.JOIN_ROOM,
];

/** A frame that a well-made client could send. */
export function goodFrame(random: Seeded): Uint8Array {
  const kind = random.fraction();
  if (kind < 0.35) return rpc(goodEnvelope(random));
  if (kind < 0.4) return rpc(Array.from({ length: 1 + random.below(10) }, () => goodEnvelope(random)));
  if (kind < 0.45) return rpc(textOf(goodEnvelope(random)));
  if (kind < 0.65) return Uint8Array.from([FRAME.ROOM_INPUT_RELIABLE, ...move(random)]);
  if (kind < 0.85) return ring(random);
  if (kind < 0.95) return requestFrame(random.below(1_000), RPC_MESSAGE, packed(goodEnvelope(random)));
  return Uint8Array.of(FRAME.PING);
}

function move(random: Seeded): number[] {
  return [128, random.below(256), 129, random.below(256)];
}

/** Several inputs in one frame, with a stamp each now and then. */
function ring(random: Seeded): Uint8Array {
  const count = 1 + random.below(5);
  const bytes: number[] = [FRAME.ROOM_INPUT_UNRELIABLE];
  if (random.chance(0.05)) {
    bytes[0] = FRAME.ROOM_INPUT_UNRELIABLE | TIMED;
    bytes.push(count, ...random.bytes(4), ...Array.from({ length: count - 1 }, () => random.below(20)));
  }
  bytes.push(random.below(128));
  for (let i = 0; i < count; i++) {
    const body = move(random);
    bytes.push(body.length, ...body);
  }
  return Uint8Array.from(bytes);
}

/** Any frame at all: good, odd, broken, or noise. About one in fifteen ends its connection. */
export function anyFrame(random: Seeded): Uint8Array {
  const kind = random.fraction();
  if (kind < 0.2) return goodFrame(random);
  if (kind < 0.77) return rpc(anyPayload(random));
  if (kind < 0.87) return requestFrame(random.below(1_000), RPC_MESSAGE, packed(anyPayload(random)));
  if (kind < 0.9) return dataFrame(random.chance(0.5) ? random.below(1_000) : String(random.pick(KINDS)));
  return kind < 0.985 ? mutated(random) : noise(random);
}

function rpc(value: unknown): Uint8Array {
  return dataFrame(RPC_MESSAGE, packed(value));
}

function noise(random: Seeded): Uint8Array {
  const bytes = random.bytes(random.below(random.chance(0.05) ? 4_000 : 60));
  // Nine in ten get past the first look.
  if (bytes.length > 0 && random.chance(0.9)) bytes[0] = random.pick(KINDS) | (random.chance(0.1) ? TIMED : 0);
  return bytes;
}

/** A good frame with one to four faults. */
function mutated(random: Seeded): Uint8Array {
  let frame = goodFrame(random);
  for (let faults = 1 + random.below(4); faults > 0; faults--) frame = faulty(frame, random);
  return frame.subarray(0, 16_384);
}

/** A fault of one kind: a bit, a byte, a cut, an end, a gap, an insertion, another frame. */
export function faulty(frame: Uint8Array, random: Seeded): Uint8Array {
  const bytes = [...frame];
  // The first byte decides where a frame goes: it is hit rarely, so that the rest is read.
  const at = random.chance(0.05) ? 0 : 1 + random.below(Math.max(1, bytes.length - 1));
  switch (random.below(7)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      break;
    case 1:
      bytes[at] = random.pick(MEANINGFUL);
      break;
    case 2:
      bytes.splice(at);
      break;
    case 3:
      bytes.push(...random.bytes(random.below(20)));
      break;
    case 4:
      bytes.splice(at, 1 + random.below(4));
      break;
    case 5:
      bytes.splice(at, 0, ...Array.from({ length: 1 + random.below(6) }, () => random.pick(MEANINGFUL)));
      break;
    default: {
      const other = goodFrame(random);
      bytes.splice(at, bytes.length, ...other.subarray(random.below(other.length)));
    }
  }
  return Uint8Array.from(bytes);
}
