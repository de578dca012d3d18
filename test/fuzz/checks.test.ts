/**
 * What looks at frames before Colyseus does must see in them what Colyseus will
 * see: here each check is held against the decoder that it protects.
 */
import { InputDecoder } from '@colyseus/schema/input';
import { Packr, unpack } from 'msgpackr';
import { expect, test, vi } from 'vitest';
import { MoveInput } from '../../schema/index.ts';
import { InputCheck } from '../../src/socket/input-check.ts';
import { isHarmlessMsgpack } from '../../src/socket/msgpack-check.ts';
import { anyFrame, faulty, goodFrame } from '../support/frame-mutator.ts';
import { FRAME } from '../support/raw-client.ts';
import { anyPayload, packed } from '../support/rpc-values.ts';
import { Seeded, seed } from '../support/seeded.ts';

const RUNS = 30_000;
/** Inputs after which a frame that was called good is called endless. */
const ENDLESS = 1_000;

/** As the JavaScript SDK packs, and as msgpackr does by itself. */
const packers = [new Packr({ useRecords: false }), new Packr()];

/** Undefined for a value that msgpack has no room for. */
function bytesOf(value: unknown, packer: Packr): Uint8Array | undefined {
  try {
    return Uint8Array.from(packer.pack(value));
  } catch {
    return undefined;
  }
}

/** Values in a value; a part that is met twice counts twice, up to `limit`. */
function sizeOf(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 1;
  let size = 1;
  for (const inner of Object.values(value)) {
    size += sizeOf(inner, limit - size);
    if (size > limit) break;
  }
  return size;
}

const hex = (bytes: Uint8Array) => `SEED=${seed} ${Buffer.from(bytes).toString('hex').slice(0, 2_000)}`;

test('FZ4 what the check of messages lets through costs no more than its bytes', { timeout: 60_000 }, () => {
  const random = new Seeded(seed);
  let passed = 0;
  for (let i = 0; i < RUNS; i++) {
    let bytes = bytesOf(anyPayload(random), random.pick(packers)) ?? packed(null);
    for (let faults = random.below(4); faults > 0; faults--) bytes = faulty(bytes, random);
    if (!isHarmlessMsgpack(bytes, 0)) continue;
    passed += 1;
    let value: unknown;
    try {
      value = unpack(bytes);
    } catch {
      continue;
    }
    const size = sizeOf(value, bytes.length + 1);
    if (size > bytes.length) throw new Error(`${size} values of ${bytes.length} bytes: ${hex(bytes)}`);
  }
  expect(passed).toBeGreaterThan(RUNS / 10);
});

test('FZ5 what clients pack passes the check of messages', { timeout: 60_000 }, () => {
  const random = new Seeded(seed);
  for (let i = 0; i < RUNS; i++) {
    const payload = anyPayload(random);
    for (const packer of packers) {
      const bytes = bytesOf(payload, packer);
      if (bytes !== undefined && !isHarmlessMsgpack(bytes, 0)) throw new Error(hex(bytes));
    }
  }
});

test('FZ6 what the check of inputs lets through ends, and says nothing of structures that are not there', {
  timeout: 60_000,
}, () => {
  const random = new Seeded(seed);
  const check = new InputCheck(MoveInput);
  const decoder = new InputDecoder(new MoveInput());
  const said = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')];
  let good = 0;
  for (let i = 0; i < RUNS * 3; i++) {
    const frame = random.chance(0.5) ? faulty(goodFrame(random), random) : anyFrame(random);
    if (frame[0] === FRAME.ROOM_INPUT_RELIABLE && check.isReliable(frame)) {
      good += 1;
      decoder.decode(frame.subarray(1));
    } else if (frame[0] === FRAME.ROOM_INPUT_UNRELIABLE && check.isUnreliable(frame)) {
      good += 1;
      let inputs = 0;
      decoder.decodeAll(frame.subarray(1), (_input, sequence) => {
        inputs += 1;
        if (inputs > ENDLESS || !Number.isFinite(sequence)) throw new Error(hex(frame));
      });
    }
    if (said.some((spy) => spy.mock.calls.length > 0)) throw new Error(hex(frame));
  }
  expect(good).toBeGreaterThan(RUNS / 10);
});

test('FZ7 what clients send passes the check of inputs', () => {
  const random = new Seeded(seed);
  const check = new InputCheck(MoveInput);
  let inputs = 0;
  for (let i = 0; i < RUNS; i++) {
    const frame = goodFrame(random);
    if (frame[0] !== FRAME.ROOM_INPUT_RELIABLE && frame[0] !== FRAME.ROOM_INPUT_UNRELIABLE) continue;
    inputs += 1;
    const isGood = frame[0] === FRAME.ROOM_INPUT_RELIABLE ? check.isReliable(frame) : check.isUnreliable(frame);
    if (!isGood) throw new Error(hex(frame));
  }
  expect(inputs).toBeGreaterThan(RUNS / 10);
});
