import { ClientState } from '@colyseus/core';
import { Decoder, Encoder, StateView, schema, t } from '@colyseus/schema';
import { expect, test } from 'vitest';
import { continueEncoder, restoreState, saveState } from '../../src/state/saved-state.ts';
import { packSnapshot, type Snapshot, SnapshotError, unpackSnapshot } from '../../src/state/snapshot.ts';
import { ViewSerializer } from '../../src/state/ViewSerializer.ts';

const Item = schema({ kind: t.uint8().default(0), secret: t.string().default('').view(4) }, 'SavedItem');
const Body = schema(
  { x: t.float32().default(0), at: t.quantized({ min: 0, max: 100, bits: 8 }).default(0) },
  'SavedBody',
);
const World = schema(
  {
    tick: t.uint32().default(0),
    bodies: t.map(Body).view(),
    items: t.map(Item),
    order: t.array(Item),
    names: t.array('string'),
    tags: t.set('string'),
    chosen: t.ref(Item),
  },
  'SavedWorld',
);

function world() {
  const state = new World();
  const encoder = new Encoder(state);
  state.tick = 7;
  state.bodies.set('a', new Body({ x: 1.5, at: 50 }));
  state.bodies.set('b', new Body({ x: -2, at: 99 }));
  state.items.set('gone', new Item({ kind: 1 }));
  state.items.set('kept', new Item({ kind: 2, secret: 'hush' }));
  encoder.encode();
  encoder.discardChanges();
  // Numbers with holes, and one instance at two places.
  state.items.delete('gone');
  state.order.push(state.items.get('kept')!, new Item({ kind: 3 }));
  state.chosen = state.items.get('kept')!;
  state.names.push('x', 'y');
  state.tags.add('z');
  encoder.encode();
  encoder.discardChanges();
  return { state, encoder };
}

test('SN1 a state is restored equal, with the numbers of its instances, and what only views see is in it', () => {
  const { state, encoder } = world();
  const saved = saveState(encoder);
  const restored = restoreState(World, saved);
  const next = new Encoder(restored);
  continueEncoder(next, saved);
  expect(restored.toJSON()).toEqual(state.toJSON());
  expect(restored.items.get('kept')!.secret).toBe('hush');
  expect(restored.chosen).toBe(restored.items.get('kept'));
  expect(restored.order[0]).toBe(restored.items.get('kept'));
  const numbers = (of: Encoder) =>
    Object.entries(of.root.changeTrees).map(([number, { ref }]) => [number, ref.toJSON()]);
  expect(numbers(next)).toEqual(numbers(encoder));
  expect(saveState(next).nextRefId).toBe(saved.nextRefId);
  expect(next.hasChanges).toBe(false);
});

test('SN2 a client of the earlier owner goes on with the restored state: the same objects, no false callback, later patches apply', () => {
  const { state, encoder } = world();
  const client = new Decoder(new World());
  const viewed = new StateView();
  viewed.add(state.bodies.get('a')!);
  const it = { offset: 0 };
  encoder.encodeAll(it);
  client.decode(encoder.encodeAllView(viewed, it.offset, { ...it }));
  const before = [client.state.items.get('kept'), client.state.bodies.get('a'), client.state.chosen];
  const told: string[] = [];
  client.triggerChanges = (all) => {
    for (const { refId, field, op, dynamicIndex } of all) told.push([refId, String(field), op, dynamicIndex].join());
  };
  // What the SDK is told of a full state that holds no news, as each return brings one: of the earlier owner.
  const control = new ViewSerializer<InstanceType<typeof World>>();
  (control as unknown as { encoder: Encoder }).encoder = encoder;
  Object.assign(control, { hasFilters: true });
  const looking = { state: ClientState.JOINED, view: viewed, raw: () => {} } as never;
  client.decodeResync(control.getFullState(looking), { offset: 1 });
  const usual = told.splice(0);

  const saved = saveState(encoder);
  const restored = restoreState(World, saved);
  const serializer = new ViewSerializer<InstanceType<typeof World>>();
  serializer.reset(restored);
  continueEncoder((serializer as unknown as { encoder: Encoder }).encoder, saved);
  const view = new StateView();
  view.add(restored.bodies.get('a')!);
  const sent: Uint8Array[] = [];
  const seat = { state: ClientState.JOINED, view, raw: (frame: Uint8Array) => sent.push(frame) } as never;
  client.decodeResync(serializer.getFullState(seat), { offset: 1 });
  expect(told).toEqual(usual);
  expect([client.state.items.get('kept'), client.state.bodies.get('a'), client.state.chosen]).toEqual(before);

  restored.bodies.get('a')!.x = 42;
  restored.items.set('new', new Item({ kind: 9 }));
  serializer.applyPatches([seat], restored);
  client.decode(sent[0]!, { offset: 1 });
  expect(client.state.bodies.get('a')!.x).toBe(42);
  expect(client.state.bodies.get('a')).toBe(before[1]);
  expect(client.state.items.get('new')!.kind).toBe(9);
});

const snapshot: Snapshot = {
  roomId: 'r1',
  roomName: 'world',
  epoch: 3,
  takenAt: 1,
  elapsed: 2,
  isLast: false,
  tail: 0,
  listing: { locked: false, private: false, unlisted: false, metadata: null },
  state: { print: 5, bytes: Uint8Array.of(1, 2, 3), nextRefId: 9 },
  sessions: [],
  journal: { epoch: 3, entries: [{ message: Uint8Array.of(7) }] },
  data: { own: [1, 'two'] },
};

test('SN3 a snapshot is read as it was written', () => {
  const read = unpackSnapshot(packSnapshot(snapshot));
  expect(JSON.stringify(read)).toBe(JSON.stringify(unpackSnapshot(packSnapshot(read))));
  expect(read).toMatchObject({ roomId: 'r1', epoch: 3, data: { own: [1, 'two'] } });
  expect([...read.state!.bytes]).toEqual([1, 2, 3]);
});

test('SN4 one that is truncated, changed, of another version or no snapshot at all is refused, and says why', () => {
  const packed = packSnapshot(snapshot);
  for (let length = 0; length < packed.length; length++) {
    expect(() => unpackSnapshot(packed.slice(0, length))).toThrow(SnapshotError);
  }
  for (let at = 0; at < packed.length; at++) {
    const changed = Uint8Array.from(packed);
    changed[at]! ^= 0x40;
    expect(() => unpackSnapshot(changed)).toThrow(SnapshotError);
  }
  const later = Uint8Array.from(packed);
  later[4] = 2;
  expect(() => unpackSnapshot(later)).toThrow('has version 2, and this node reads 1');
});
