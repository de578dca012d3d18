import { readFileSync } from 'node:fs';
import { type Client, ClientState } from '@colyseus/core';
import { Decoder, Encoder, Reflection, type SchemaType, StateView, schema, t } from '@colyseus/schema';
import { describe, expect, test } from 'vitest';
import { hashOfSlot, LobbyState, stateHash, WorldState } from '../../schema/index.ts';
import { SeenState, uncheckedField } from '../../src/state/hash.ts';
import { ViewSerializer } from '../../src/state/ViewSerializer.ts';
import { Seeded, seed } from '../support/seeded.ts';

const Item = schema({ kind: t.uint8().default(0), count: t.uint32().default(0) }, 'Item');
/** Every kind of value, and collections of each kind within what is seen. */
const Unit = schema(
  {
    x: t.float32().default(0),
    wide: t.float64(),
    any: t.number(),
    small: t.int8(),
    short: t.int16(),
    whole: t.int32(),
    long: t.int64(),
    size: t.uint64(),
    big: t.bigint64(),
    angle: t.quantized({ min: 0, max: 2 * Math.PI, bits: 16, mode: 'wrap' }),
    speed: t.quantized({ min: -3, max: 3, bits: 8 }),
    name: t.string(),
    on: t.boolean(),
    bag: t.map(Item),
    shelf: t.array(Item),
    notes: t.array('string'),
    scores: t.map('float32'),
    held: Item,
  },
  'Unit',
);
type Unit = SchemaType<typeof Unit>;
const Board = schema(
  {
    tick: t.uint32().default(0),
    units: t.map(Unit).view(),
    open: t.map(Unit),
    row: t.array(Item),
    chosen: Item,
  },
  'Board',
);
type Board = SchemaType<typeof Board>;

/** One board, and clients that look at it and decode what they are sent. */
class Table {
  readonly state = new Board();
  readonly serializer = new ViewSerializer<Board>();
  readonly views: StateView[] = [];
  readonly clients: Client[] = [];
  readonly shown: Decoder<Board>[] = [];
  /** Keys of what was deleted since the last patch. Colyseus does not tell a view of one that is replaced in one patch (HS8). */
  readonly deleted = new Set<string>();

  constructor(clients: number) {
    this.serializer.reset(this.state);
    const reflection = Reflection.encode(new Encoder(new Board()));
    for (let i = 0; i < clients; i++) {
      // The last has no view; some know no class, but what the server says of it.
      const view = i === clients - 1 ? undefined : new StateView();
      if (view !== undefined) this.views.push(view);
      const decoder = i % 2 === 0 ? new Decoder(new Board()) : Reflection.decode<Board>(Buffer.from(reflection));
      this.shown.push(decoder);
      const raw = (frame: Uint8Array) => decoder.decode(Uint8Array.from(frame.subarray(1)));
      this.clients.push({ sessionId: `${i}`, state: ClientState.JOINED, view, raw } as unknown as Client);
      if (view !== undefined) {
        const own = new Unit();
        this.state.units.set(`own ${i}`, own);
        view.add(own);
      }
      this.resync(i);
    }
  }

  resync(at: number): void {
    const bytes = Uint8Array.from(this.serializer.getFullState(this.clients[at]).subarray(1));
    this.shown[at]!.decodeResync(bytes);
  }

  patch(): void {
    this.serializer.applyPatches(this.clients, this.state);
    this.deleted.clear();
  }
}

const odd = [
  0,
  -0,
  1,
  -1,
  0.1,
  1 / 3,
  1e-9,
  123_456.789,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 40 + 1,
  -(2 ** 50),
  1e300,
  300.7,
];
const texts = ['', 'a', 'abcd', 'abcde', 'Zoë', '日本語', '🏰🏰', 'x'.repeat(40)];

function fill(unit: Unit, random: Seeded): void {
  const number = () => random.pick(odd) * (random.chance(0.5) ? 1 : random.below(100));
  const edits: Partial<Record<keyof Unit, unknown>> = {
    x: number(),
    wide: number(),
    any: number(),
    small: number(),
    short: number(),
    whole: number(),
    long: Math.trunc(random.pick(odd.slice(0, 12))),
    size: Math.abs(Math.trunc(random.pick(odd.slice(0, 12)))),
    big: BigInt(random.below(1_000) - 500) * 2n ** 40n,
    angle: number(),
    speed: number() / 50,
    name: random.pick(texts),
    on: random.chance(0.5),
  };
  for (const [name, value] of Object.entries(edits)) if (random.chance(0.3)) Object.assign(unit, { [name]: value });
}

/** One change that a room could make. */
function change({ state, views, deleted }: Table, random: Seeded): void {
  const id = `u${random.below(10)}`;
  const among = random.chance(0.5) ? state.units : state.open;
  const unit = among.get(id);
  const seen = state.units.get(id);
  const view = random.pick(views);
  const n = random.below(1_000);
  const item = () => new Item({ kind: n % 5, count: n });
  random.pick([
    () => state.assign({ tick: state.tick + 1 }),
    () => unit === undefined && !deleted.has(id) && among.set(id, unitOf(random)),
    () => unit === undefined && !deleted.has(id) && among.set(id, unitOf(random)),
    () => unit && fill(unit, random),
    () => unit && fill(unit, random),
    () => n % 4 === 0 && among.delete(id) && deleted.add(id),
    () => seen && view.add(seen),
    () => seen && view.add(seen),
    () => seen && view.remove(seen),
    () => unit?.bag.set(`${n % 3}`, item()),
    () => unit?.bag.delete(`${n % 3}`),
    () => unit?.shelf.push(item()),
    () => unit?.shelf.shift(),
    () => unit?.notes.push(random.pick(texts)),
    () => unit?.notes.pop(),
    () => unit?.scores.set(random.pick(texts) || 'none', n / 7),
    () => unit?.held?.assign({ count: n }),
    () => unit && Object.assign(unit, { held: n % 2 === 0 ? item() : undefined }),
    () => unit?.bag.forEach((each) => void each.assign({ count: each.count + 1 })),
    () => state.row.length < 9 && state.row.push(item()),
    () => state.row.shift(),
    () => state.row.length > 2 && state.row.splice(1, 1),
    () => Object.assign(state, { chosen: n % 3 === 0 ? undefined : item() }),
  ])();
}

function unitOf(random: Seeded): Unit {
  const unit = new Unit();
  fill(unit, random);
  if (random.chance(0.3)) unit.bag.set('first', new Item({ kind: 5, count: 1 }));
  return unit;
}

describe('the hash', () => {
  const golden = JSON.parse(readFileSync('schema/golden/hash-v1.json', 'utf8'));

  test('HS1 slots have the recorded hashes', () => {
    for (const { refId, key, type, value, hash } of golden.slots) {
      expect(hashOfSlot(refId, key, type, value), JSON.stringify([key, type, value])).toBe(hash);
    }
  });

  test('HS2 a recorded session of state has the recorded hashes, with our schema and with the one it describes', () => {
    const { world } = JSON.parse(readFileSync(`schema/golden/${golden.world.file}`, 'utf8'));
    const reflected = Reflection.decode<WorldState>(Buffer.from(world.reflection, 'hex'));
    for (const decoder of [new Decoder(new WorldState()), reflected]) {
      const hashes = world.steps.map(({ bytes }: { bytes: string }) => {
        decoder.decode(Buffer.from(bytes, 'hex'));
        return stateHash(decoder.state);
      });
      expect(hashes).toEqual(golden.world.hashes);
    }
  });

  test('HS3 what the server holds is hashed as it travels', () => {
    const same = (type: unknown, held: unknown, sent: unknown) =>
      expect(hashOfSlot(1, 0, type, held), `${held}`).toBe(hashOfSlot(1, 0, type, sent));
    same('float32', 0.1, Math.fround(0.1));
    same('number', 0.1, Math.fround(0.1));
    same('uint8', 300.7, 44);
    same('int16', 40_000, -25_536);
    same('uint64', 1.5, 1);
    expect(hashOfSlot(1, 0, 'float32', 0)).not.toBe(hashOfSlot(1, 0, 'float32', -0));
  });
});

describe('what clients hold', () => {
  test('HS5 whatever a room changes and shows: each client has the hash that the server computes for its view', () => {
    const hashes = new Set<number>();
    for (let game = 0; game < 60; game++) {
      const random = new Seeded(seed + game);
      const table = new Table(5);
      for (let tick = 0; tick < 60; tick++) {
        for (let i = random.below(12); i > 0; i--) change(table, random);
        table.patch();
        if (random.chance(0.1)) table.resync(random.below(5));
        const seen = new SeenState(table.state);
        table.clients.forEach(({ view }, i) => {
          const hash = seen.hashFor(view);
          hashes.add(hash);
          expect(stateHash(table.shown[i]!.state), `SEED=${seed} game ${game} tick ${tick} client ${i}`).toBe(hash);
        });
      }
    }
    // They say something.
    expect(hashes.size).toBeGreaterThan(1_000);
  });

  test('HS4 anything that differs is found', () => {
    const alter: Array<(shown: Board) => unknown> = [
      (shown) => shown.assign({ tick: 77 }),
      (shown) => unit(shown).assign({ x: 5 }),
      (shown) => unit(shown).assign({ name: 'other' }),
      (shown) => unit(shown).assign({ on: false }),
      (shown) => Object.assign(unit(shown), { on: undefined }),
      (shown) => unit(shown).held!.assign({ count: 8 }),
      (shown) => items(shown.open).delete('u'),
      (shown) => items(shown.open).set('v', unit(shown)),
      (shown) => items(unit(shown).scores).set('a', 3),
      (shown) => list(shown.row).reverse(),
      (shown) => list(shown.row).pop(),
      (shown) => list(unit(shown).notes).push('more'),
      (shown) => Object.assign(shown, { chosen: list(shown.row)[0] }),
    ];
    const unit = (shown: Board) => shown.open.get('u')!;
    const items = (map: unknown) => (map as { $items: Map<string, unknown> }).$items;
    const list = (array: unknown) => (array as { items: unknown[] }).items;
    for (const edit of alter) {
      const table = new Table(1);
      const held = new Item({ kind: 1, count: 7 });
      table.state.open.set('u', Object.assign(new Unit(), { x: 1, name: 'a', on: true, held }));
      table.state.open.get('u')!.scores.set('a', 2);
      table.state.row.push(new Item(), new Item({ kind: 2 }));
      table.patch();
      const shown = table.shown[0]!.state;
      const hash = new SeenState(table.state).hashFor(undefined);
      expect(stateHash(shown)).toBe(hash);
      edit(shown);
      expect(stateHash(shown), `${edit}`).not.toBe(hash);
    }
  });

  test('HS8 an entry that a room replaces within one patch, which Colyseus does not tell a view of, is found, and healed by the whole state', () => {
    const table = new Table(2);
    const { state, views } = table;
    state.units.set('u', Object.assign(new Unit(), { name: 'first' }));
    views[0]!.add(state.units.get('u')!);
    table.patch();
    state.units.set('u', Object.assign(new Unit(), { name: 'second' }));
    table.patch();
    const hash = new SeenState(state).hashFor(views[0]);
    expect(stateHash(table.shown[0]!.state)).not.toBe(hash);
    table.resync(0);
    expect(stateHash(table.shown[0]!.state)).toBe(hash);
  });
});

describe('which states can be checked', () => {
  const uncheckedOf = (fields: Parameters<typeof schema>[0]) =>
    uncheckedField(new (schema(fields, 'Odd') as typeof Board)());

  test('HS6 those of the game and of the tests can be', () => {
    for (const state of [new WorldState(), new LobbyState(), new Board()]) {
      expect(uncheckedField(state)).toBeUndefined();
    }
  });

  test('HS6 those cannot of which it depends on more than the state and the view what a client holds', () => {
    expect(uncheckedOf({ a: t.uint8(), b: t.uint8().unreliable() })).toBe('Odd.b');
    expect(uncheckedOf({ b: t.uint8().patchOnly() })).toBe('Odd.b');
    expect(uncheckedOf({ b: t.uint8().fullStateOnly() })).toBe('Odd.b');
    expect(uncheckedOf({ b: t.string().view() })).toBe('Odd.b');
    expect(uncheckedOf({ b: t.map(Item).view(2) })).toBe('Odd.b');
    expect(uncheckedOf({ b: t.array(Item).view() })).toBe('Odd.b');
    expect(uncheckedOf({ b: t.set(Item) })).toBe('Odd.b');
    expect(uncheckedOf({ b: t.map(schema({ c: t.string().view() }, 'Inner')) })).toBe('Inner.c');
  });
});
