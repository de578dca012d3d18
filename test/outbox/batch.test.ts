import { getMessageBytes, Protocol } from '@colyseus/core';
import { Decoder, Encoder, schema, t } from '@colyseus/schema';
import fc from 'fast-check';
import { unpack } from 'msgpackr';
import { expect, test, vi } from 'vitest';
import { batchMessages, MAX_BATCH, mergePatches } from '../../src/outbox/merge.ts';
import { binaryFrame, payloadOf } from '../../src/outbox/websocket-frame.ts';

const Item = schema({ kind: t.string().default(''), count: t.uint16().default(0) }, 'MergeItem');
const World = schema(
  { tick: t.uint32().default(0), items: t.map(Item), list: t.array('number'), held: t.ref(Item) },
  'MergeWorld',
);

/** What may happen to the state between two patches. */
const change = fc.oneof(
  fc.record({ do: fc.constant('tick' as const) }),
  fc.record({ do: fc.constant('set' as const), id: fc.nat(5), count: fc.nat(65_535) }),
  fc.record({ do: fc.constant('remove' as const), id: fc.nat(5) }),
  fc.record({ do: fc.constant('push' as const), value: fc.nat(1_000) }),
  fc.record({ do: fc.constant('pop' as const) }),
  fc.record({ do: fc.constant('hold' as const), id: fc.nat(5) }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply(world: InstanceType<typeof World>, what: Change): void {
  switch (what.do) {
    case 'tick':
      world.tick += 1;
      break;
    case 'set': {
      const item = world.items.get(String(what.id));
      if (item === undefined) world.items.set(String(what.id), new Item({ kind: 'new', count: what.count }));
      else item.count = what.count;
      break;
    }
    case 'remove':
      world.items.delete(String(what.id));
      break;
    case 'push':
      world.list.push(what.value);
      break;
    case 'pop':
      world.list.pop();
      break;
    case 'hold':
      world.held = new Item({ kind: 'held', count: what.id });
  }
}

test('OB8 patches that waited leave as one, and a client has the state that it would have had of each', () => {
  const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
  vi.spyOn(console, 'warn').mockImplementation((...args) => complaints(...args));
  const ticks = fc.array(fc.array(change, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(ticks, fc.integer({ min: 1, max: 6 }), (all, together) => {
      const world = new World();
      world.held = new Item({ kind: 'first', count: 0 });
      const encoder = new Encoder(world);
      const decoder = new Decoder(new World());
      decoder.decode(encoder.encodeAll());
      encoder.discardChanges();
      let waiting: Buffer[] = [];
      for (const [i, changes] of all.entries()) {
        for (const what of changes) apply(world, what);
        const body = encoder.encode();
        encoder.discardChanges();
        waiting.push(binaryFrame(Buffer.concat([Buffer.of(Protocol.ROOM_STATE_PATCH), body])));
        if ((i + 1) % together !== 0 && i + 1 < all.length) continue;
        decoder.decode(payloadOf(mergePatches(waiting)), { offset: 1 });
        waiting = [];
        expect(decoder.state.toJSON()).toEqual(world.toJSON());
      }
      expect(complaints).not.toHaveBeenCalled();
    }),
  );
});

test('OB8 the times of the last patch stay, and a heartbeat of the clock is nothing but its times', () => {
  const TIMED = 0x80;
  const first = Protocol.ROOM_STATE_PATCH | TIMED;
  const timed = (sNow: number, ...changes: number[]) =>
    binaryFrame(Buffer.from([first, sNow, 0, 0, 0, sNow, 0, 0, 0, ...changes]));
  const merged = mergePatches([timed(1, 128, 5), timed(2), timed(3, 129, 6), timed(4)]);
  expect([...payloadOf(merged)]).toEqual([first, 4, 0, 0, 0, 4, 0, 0, 0, 128, 5, 255, 0, 129, 6]);
  expect([...payloadOf(mergePatches([timed(1), timed(2)]))]).toEqual([first, 2, 0, 0, 0, 2, 0, 0, 0]);
});

const rpcFrame = (body: unknown) => binaryFrame(getMessageBytes.raw(Protocol.ROOM_DATA, 'rpc', body));
const bodyOf = (frame: Buffer) => unpack(payloadOf(frame).subarray(5));
const notice = (i: number) => ({ jsonrpc: '2.0', method: 'a.b', params: { i, text: 'é'.repeat(i % 40) } });

test.each([2, 15, 16, 64])('OB9 %i JSON-RPC messages in a row are one with an array of what they carry', (count) => {
  const bodies = Array.from({ length: count }, (_, i) => notice(i));
  const merged = batchMessages(bodies.map(rpcFrame));
  expect(merged).toHaveLength(1);
  expect(bodyOf(merged[0]!)).toEqual(bodies);
});

test('OB9 a batch is bounded, and what is a batch already, text or something else stays by itself and in its place', () => {
  const many = Array.from({ length: MAX_BATCH + 1 }, (_, i) => rpcFrame(notice(i)));
  expect(batchMessages(many).map((frame) => [bodyOf(frame)].flat().length)).toEqual([MAX_BATCH, 1]);
  const other = binaryFrame(Buffer.of(Protocol.ROOM_STATE_PATCH, 1, 2));
  const mixed = [
    rpcFrame(notice(1)),
    rpcFrame([notice(2)]),
    rpcFrame('text'),
    other,
    rpcFrame(notice(3)),
    rpcFrame(notice(4)),
  ];
  const merged = batchMessages(mixed);
  expect(merged.slice(0, 4)).toEqual(mixed.slice(0, 4));
  expect(bodyOf(merged[4]!)).toEqual([notice(3), notice(4)]);
});
