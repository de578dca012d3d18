import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import type { Config } from '../../src/config.ts';
import { Counters } from '../../src/ops/Counters.ts';
import type { Step } from '../../src/outbox/ladder.ts';
import { FlowControl } from '../../src/socket/FlowControl.ts';
import { SocketWriter } from '../../src/socket/SocketWriter.ts';
import { FakeClock } from '../support/FakeClock.ts';

/** Takes bytes only while it is open. */
class Pipe extends Duplex {
  taken = 0;
  onWrite = () => {};
  isOpen = true;
  #waits: (() => void) | undefined;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.onWrite();
    const take = () => {
      this.taken += chunk.byteLength;
      done();
    };
    if (this.isOpen) take();
    else this.#waits = take;
  }

  open(): void {
    this.isOpen = true;
    this.#waits?.();
    this.#waits = undefined;
  }
}

const LIMITS: Config['outbox'] = {
  compressFrom: 0,
  bytes: 100_000,
  ageMs: 10_000,
  totalBytes: 1e9,
  bytesPerSecond: 0,
  totalBytesPerSecond: 0,
};
const MESSAGE = Buffer.concat([Buffer.of(13), Buffer.alloc(999)]);
const PATCH = Buffer.of(15, 1, 2, 3);
const STATE = Buffer.of(14, 9, 9);

function bench(limits: Partial<Config['outbox']> = {}) {
  const clock = new FakeClock();
  const counters = new Counters();
  const faults: unknown[] = [];
  const flow = new FlowControl({
    clock,
    counters,
    limits: { ...LIMITS, ...limits },
    onFault: (error) => faults.push(error),
  });
  const open = (roomId = 'room') => {
    const pipe = new Pipe();
    const writer = new SocketWriter(pipe, flow);
    const [steps, states] = [[] as Step[], [] as number[]];
    const seen = { ended: false };
    writer.roomId = roomId;
    writer.listener = {
      onStep: (step) => steps.push(step),
      resync: () => {
        states.push(clock.now());
        writer.send(Buffer.of(14, 9, 9));
      },
      onTooSlow: () => {
        seen.ended = true;
      },
    };
    return { pipe, writer, steps, states, seen };
  };
  /** Time passes, and turns of the loop with it. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { clock, counters, flow, faults, open, pass };
}

test('OB5 a connection that takes nothing goes down to its end, and one that takes all hears nothing of it', async () => {
  const { open, pass } = bench();
  const [slow, quick] = [open(), open()];
  slow.pipe.isOpen = false;
  for (const { writer } of [slow, quick]) writer.send(STATE);
  for (let i = 0; i < 220; i++) {
    for (const { writer } of [slow, quick]) writer.send(MESSAGE.subarray());
    await pass(50);
  }
  expect(slow.steps).toEqual(['coalesce', 'half', 'quarter', 'eighth', 'latest', 'stopped']);
  expect(slow.seen.ended).toBe(true);
  expect(quick.steps).toEqual([]);
  expect(quick.seen.ended).toBe(false);
});

test('OB6 one that drains climbs back, gets the whole state if it missed patches, and is watched no more', async () => {
  const { open, pass, flow } = bench();
  const { pipe, writer, steps, states, seen } = open();
  writer.send(STATE);
  await pass(50);
  pipe.isOpen = false;
  writer.send(MESSAGE);
  for (let i = 0; i < 120; i++) {
    writer.send(PATCH.subarray());
    await pass(50);
  }
  expect(steps.at(-1)).toBe('stopped');
  expect(states).toEqual([]);
  pipe.open();
  for (let i = 0; i < 200; i++) {
    writer.send(PATCH.subarray());
    await pass(50);
  }
  expect(states).toHaveLength(1);
  expect(steps.slice(-6)).toEqual(['latest', 'eighth', 'quarter', 'half', 'coalesce', 'free']);
  expect(seen.ended).toBe(false);
  expect(flow.slow).toBe(0);
  expect(writer.waitingBytes).toBe(0);
});

test('OB21 a client that does not answer is slow, although the system takes all; when it answers it climbs back', async () => {
  const { open, pass, clock, flow } = bench();
  const { writer, steps } = open();
  writer.silentSince(clock.now());
  await pass(6_000);
  expect(steps.at(-1)).toBe('stopped');
  writer.silentSince(undefined);
  await pass(8_000);
  expect(steps.at(-1)).toBe('free');
  expect(flow.slow).toBe(0);
});

test('OB22 when all together is too much, those that wait for a sixteenth of their bound end; the others stay', async () => {
  const { open, pass } = bench({ totalBytes: 200_000 });
  const [few, many] = [open(), Array.from({ length: 4 }, () => open())];
  for (const { pipe } of [few, ...many]) pipe.isOpen = false;
  for (const { writer } of [few, ...many]) writer.send(MESSAGE);
  await pass(50);
  for (const { writer } of many) for (let i = 0; i < 60; i++) writer.send(MESSAGE.subarray());
  await pass(150);
  expect(many.map(({ seen }) => seen.ended)).toEqual([true, true, true, true]);
  expect(few.seen.ended).toBe(false);
});

test('OB23 a node sends no more in a second than it may, and a room with many connections leaves the others theirs', async () => {
  const { open, pass } = bench({ totalBytesPerSecond: 40_000 });
  const crowd = Array.from({ length: 20 }, () => open('crowd'));
  const alone = open('alone');
  const all = [...crowd, alone];
  for (let i = 0; i < 10; i++) for (const { writer } of all) writer.send(MESSAGE.subarray());
  const taken = () => all.reduce((sum, { pipe }) => sum + pipe.taken, 0);
  await pass(2_000);
  expect(taken()).toBeGreaterThan(70_000);
  // Two seconds, a quarter of one at once, and the last batch on credit.
  expect(taken()).toBeLessThan(40_000 * 2.25 + 16_384);
  expect(alone.pipe.taken).toBe(10 * (MESSAGE.byteLength + 4));
});

test('OB23 one connection is sent no more in a second than it may', async () => {
  const { open, pass } = bench({ bytesPerSecond: 10_000 });
  const { writer, pipe } = open();
  for (let i = 0; i < 60; i++) writer.send(MESSAGE.subarray());
  await pass(2_000);
  expect(pipe.taken).toBeGreaterThan(20_000);
  expect(pipe.taken).toBeLessThan(10_000 * 2.5 + 16_384);
});

test('OB27 an answer to a ping behind a batch does not hold the connection up', async () => {
  const { open, pass, flow } = bench();
  const { pipe, writer, seen } = open();
  pipe.isOpen = false;
  writer.send(MESSAGE);
  await pass(50);
  // The library writes it by itself.
  pipe.write(Buffer.of(0x89, 0));
  writer.send(MESSAGE.subarray());
  await pass(50);
  pipe.open();
  await pass(12_000);
  expect(pipe.taken).toBe(2 * (MESSAGE.byteLength + 4) + 2);
  expect(seen.ended).toBe(false);
  expect(flow.slow).toBe(0);
});

test('OB27 what waits is bounded also when the link is well again and more is offered than it takes', async () => {
  const { open, pass } = bench();
  const { pipe, writer, seen } = open();
  pipe.isOpen = false;
  for (let i = 0; i < 20; i++) writer.send(MESSAGE.subarray());
  await pass(2_000);
  pipe.open();
  await pass(50);
  for (let i = 0; i < 100; i++) {
    for (let j = 0; j < 100; j++) writer.send(MESSAGE.subarray());
    await pass(50);
    expect(writer.waitingBytes).toBeLessThan(2 * LIMITS.bytes);
  }
  // A link that takes all gets all.
  expect(seen.ended).toBe(false);
  expect(pipe.taken).toBeGreaterThan(9_000_000);
});

test('OB28 a connection that fails at the end of a turn ends alone, and the others of the turn go on', async () => {
  const { open, pass, faults } = bench();
  const [broken, whole] = [open(), open()];
  broken.pipe.write = () => {
    throw new Error('broken');
  };
  for (const { writer } of [broken, whole]) writer.send(MESSAGE.subarray());
  await pass(50);
  whole.writer.send(MESSAGE.subarray());
  await pass(50);
  expect(faults).toEqual([new Error('broken')]);
  expect(broken.pipe.destroyed).toBe(true);
  expect(whole.pipe.taken).toBe(2 * (MESSAGE.byteLength + 4));
});

test('OB23 within a budget that is too small for all, rooms and connections get like shares, and nobody ends for it', async () => {
  const { open, pass } = bench({ totalBytesPerSecond: 100_000, bytes: 10_000_000 });
  const rooms = ['a', 'b', 'c'].map((room) => Array.from({ length: room === 'c' ? 8 : 1 }, () => open(room)));
  for (let i = 0; i < 400; i++) {
    for (const { writer } of rooms.flat()) writer.send(MESSAGE.subarray(), { priority: 'high' });
    await pass(50);
  }
  const taken = rooms.map((room) => room.reduce((sum, { pipe }) => sum + pipe.taken, 0));
  const [least, most] = [Math.min(...taken), Math.max(...taken)];
  // Each room is offered 400 KB at least, and there are 2 MB in all.
  expect(least).toBeGreaterThan(300_000);
  expect(most).toBeLessThan(1_800_000);
  const crowd = rooms[2]!.map(({ pipe }) => pipe.taken);
  expect(Math.min(...crowd)).toBeGreaterThan(Math.max(...crowd) / 3);
  for (const { seen } of rooms.flat()) expect(seen.ended).toBe(false);
});

test('OB29 a critical message that can never leave ends the connection', async () => {
  const { open, pass, counters } = bench();
  const { pipe, writer, seen } = open();
  pipe.isOpen = false;
  writer.send(MESSAGE);
  await pass(50);
  writer.send(Buffer.concat([Buffer.of(13), Buffer.alloc(200_000)]), { priority: 'critical' });
  expect(seen.ended).toBe(true);
  expect(counters.all()).toMatchObject({ 'outbox:too_large': 1 });
});

test('OB29 a whole state that is larger than may wait can still leave', async () => {
  const { open, pass } = bench();
  const { pipe, writer, seen } = open();
  pipe.isOpen = false;
  writer.send(Buffer.concat([Buffer.of(14), Buffer.alloc(400_000)]));
  await pass(2_000);
  expect(seen.ended).toBe(false);
  pipe.open();
  await pass(50);
  expect(pipe.taken).toBeGreaterThan(400_000);
});

test('OB30 a turn with much to write lets others be read before it goes on, and writes once to each', async () => {
  const { open, clock } = bench();
  const all = Array.from({ length: 100 }, () => open());
  let written = 0;
  for (const { pipe, writer } of all) {
    pipe.onWrite = () => {
      written += 1;
      // A tenth of what a turn may write for.
      clock.advance(0.5);
    };
    writer.send(MESSAGE);
    writer.send(PATCH);
  }
  await Promise.resolve();
  const slices: number[] = [];
  while (written < all.length && slices.length < all.length) {
    await new Promise((resolve) => setImmediate(resolve));
    slices.push(written);
    // What comes meanwhile goes with what still waits.
    if (slices.length === 1) all.at(-1)!.writer.send(PATCH);
  }
  expect(slices.length).toBeGreaterThan(4);
  expect(slices[0]).toBeLessThan(20);
  expect(written).toBe(all.length);
  const both = MESSAGE.byteLength + 4 + PATCH.byteLength + 2;
  expect(all.map(({ pipe }) => pipe.taken)).toEqual([...Array(99).fill(both), both + PATCH.byteLength + 2]);
});
