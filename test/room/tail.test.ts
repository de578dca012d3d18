import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineMethods, errors } from '../../schema/index.ts';
import { memoryRoomStore } from '../../src/adapters/memory/room-store.ts';
import { Counters } from '../../src/ops/Counters.ts';
import { Draws } from '../../src/room/Draws.ts';
import { readTail, Tail } from '../../src/room/Tail.ts';
import { dispatchBench } from '../support/dispatch.ts';
import { FakeClock } from '../support/FakeClock.ts';

const done = (method: string, params: unknown = {}) => ({
  sessionId: 's1',
  id: 1,
  method,
  params,
  drawn: ['id'],
  nextRefId: 7,
});

/** A store that keeps what follows what it has, until it is told not to. */
function bench(from = 0) {
  const kept: Uint8Array[] = [];
  const asked: number[] = [];
  const store = { answers: true as boolean | Error };
  const counters = new Counters();
  let halfFull = 0;
  const tail = new Tail({
    from,
    counters,
    onHalfFull: () => {
      halfFull += 1;
    },
    append: async (n, record) => {
      asked.push(n);
      if (store.answers instanceof Error) throw store.answers;
      if (store.answers) kept.push(record);
      return store.answers;
    },
  });
  return { tail, kept, asked, store, counters, halfFull: () => halfFull };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('TL2 what is kept is read as it was written; what follows something unreadable is not read', () => {
  const { tail, kept } = bench();
  tail.said({ at: 5, message: Uint8Array.of(1, 2), only: ['s1'] });
  tail.done(done('world.placeMark', { x: 1 }));
  expect(readTail(kept)).toEqual([
    { kind: 'said', at: 5, message: Buffer.of(1, 2), only: ['s1'] },
    { kind: 'done', ...done('world.placeMark', { x: 1 }) },
  ]);
  expect(readTail([kept[0]!, Uint8Array.of(193), kept[1]!])).toHaveLength(1);
  expect(readTail([kept[0]!, kept[1]!.subarray(3), kept[1]!])).toHaveLength(1);
});

test('TL3 when the store does not keep one, none that follows is, until a snapshot has them', async () => {
  for (const answer of [false, new Error('away')]) {
    const { tail, asked, store } = bench(10);
    tail.done(done('a'));
    store.answers = answer;
    tail.done(done('b'));
    await settled();
    store.answers = true;
    tail.done(done('c'));
    expect(asked).toEqual([10, 11]);
    // Taken before it was lost: it does not have it.
    tail.sent(11);
    tail.saved(11);
    tail.done(done('d'));
    expect(asked).toEqual([10, 11]);
    expect(tail.position).toBe(14);
    tail.sent(14);
    tail.saved(14);
    tail.done(done('e'));
    expect(asked).toEqual([10, 11, 14]);
  }
});

test('TL3 a refusal that comes after the snapshot that has it changes nothing', async () => {
  const { tail, asked, store } = bench();
  store.answers = false;
  tail.done(done('a'));
  tail.sent(1);
  tail.saved(1);
  await settled();
  store.answers = true;
  tail.done(done('b'));
  expect(asked).toEqual([0, 1]);
});

/** Where something was said during each save, nothing was kept any more after the first gap, for as long as it went on. */
test('TL6 a gap closes with the next snapshot, also when something happens while that is being saved', async () => {
  const store = memoryRoomStore(new FakeClock());
  const counters = new Counters();
  await store.open({ roomId: 'r', roomName: 'world', nodeId: 'n' }, 60_000);
  let isAway = true;
  const append = async (n: number, record: Uint8Array) => !isAway && (await store.append('r', 1, n, record));
  const tail = new Tail({ from: 0, counters, append });
  const save = async () => {
    const position = tail.position;
    const saving = store.save('r', 1, Uint8Array.of(1), 60_000, position);
    tail.sent(position);
    tail.done(done('meanwhile'));
    await saving;
    tail.saved(position);
    await settled();
  };
  tail.done(done('lost'));
  await settled();
  isAway = false;
  for (let i = 0; i < 3; i++) {
    await save();
    tail.done(done('after'));
    await settled();
  }
  expect(readTail(await store.tail('r'))).toMatchObject([{ method: 'meanwhile' }, { method: 'after' }]);
  expect(counters.all()).toEqual({ 'tail_records:refused': 1, 'tail_records:kept': 6 });
});

test('TL4 what is kept between two snapshots is bounded, in number and in bytes', async () => {
  const many = bench();
  for (let i = 0; i < 500; i++) many.tail.done(done('a'));
  expect(many.halfFull()).toBe(0);
  for (let i = 500; i < 3_000; i++) many.tail.done(done('a'));
  expect(many.asked).toHaveLength(1_000);
  expect(many.halfFull()).toBe(500);
  expect(many.counters.all()).toMatchObject({ 'tail_records:full': 1 });
  many.tail.sent(many.tail.position);
  many.tail.saved(many.tail.position);
  many.tail.done(done('a'));
  expect(many.asked.at(-1)).toBe(3_000);

  const large = bench();
  for (let i = 0; i < 10; i++) large.tail.done(done('a', { text: 'x'.repeat(50_000) }));
  expect(large.asked).toHaveLength(5);
});

test('TL4 params that cannot be packed cost nobody anything', () => {
  const { tail, asked, counters } = bench();
  const params = {
    get x() {
      throw new Error('no');
    },
  };
  tail.done(done('a', params));
  expect(asked).toEqual([]);
  expect(counters.all()).toMatchObject({ 'tail_records:unpackable': 1 });
});

test('TL8 a journalled request that cannot be kept is INVALID_PARAMS, and not carried out', () => {
  const method = { summary: 'x', params: z.object({ text: z.string() }), result: z.null() };
  const table = defineMethods({ 'a.kept': { ...method, journal: true }, 'a.plain': method });
  const { tail, asked } = bench();
  const ran: string[] = [];
  const runs = (name: string) => () => {
    ran.push(name);
    return null;
  };
  const handlers = { 'a.kept': runs('kept'), 'a.plain': runs('plain') };
  const { receive } = dispatchBench(table, handlers, {
    journal: ({ method, params }, run) => {
      tail.done(done(method, params));
      return run();
    },
  });
  // What stands where msgpackr looks for a class makes it call what it finds.
  const pad = { constructor: 1, toJSON: 1 };
  const ask = (id: number, method: string, more: object) =>
    receive(JSON.stringify({ jsonrpc: '2.0', id, method, params: { text: 'x', ...more } }));
  expect(ask(1, 'a.kept', { pad })).toContain(`"code":${errors.INVALID_PARAMS.code}`);
  expect(ask(2, 'a.plain', { pad })).toContain('"result":null');
  expect(ask(3, 'a.kept', {})).toContain('"result":null');
  expect(ran).toEqual(['plain', 'kept']);
  expect(asked).toEqual([0]);
});

test('TL5 work that is done again draws of clock and randomness what it drew before', () => {
  let n = 0;
  const timer = { stop: () => {} };
  const clock = { now: () => ++n, monotonic: () => ++n, after: () => timer, every: () => timer };
  const draws = new Draws({ clock, random: { number: () => ++n, id: () => `id-${++n}` } });
  const work = () => [draws.clock.now(), draws.random.id(), draws.random.number(), draws.clock.monotonic()];
  const { result, drawn } = draws.note(work);
  expect(result).toEqual([1, 'id-2', 3, 4]);
  expect(draws.repeat(drawn, work)).toEqual(result);
  expect(draws.repeat(drawn.slice(0, 2), work)).toEqual([1, 'id-2', 5, 6]);
  expect(work()).toEqual([7, 'id-8', 9, 10]);
  expect(() =>
    draws.note(() => {
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(work()).toEqual([11, 'id-12', 13, 14]);
});
