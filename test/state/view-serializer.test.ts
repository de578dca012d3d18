import { type Client, ClientState, SchemaSerializer } from '@colyseus/core';
import { Decoder, Encoder, type SchemaType, StateView, schema, t } from '@colyseus/schema';
import { expect, test } from 'vitest';
import { ViewSerializer } from '../../src/state/ViewSerializer.ts';
import { Seeded, seed } from '../support/seeded.ts';

const Item = schema({ kind: t.uint8().default(0), count: t.uint32().default(0) }, 'Item');
const SECRETS = 2;
/** Everything that a view may have to do with: tags, collections of each kind in what is seen, one thing at two places. */
const Unit = schema(
  {
    x: t.float32().default(0),
    name: t.string().default(''),
    bag: t.map(Item),
    shelf: t.array(Item),
    notes: t.array('string'),
    held: Item,
  },
  'Unit',
);
const Spy = schema({ x: t.float32().default(0), plan: t.string().default('').view(SECRETS) }, 'Spy');
const Board = schema(
  {
    tick: t.uint32().default(0),
    units: t.map(Unit).view(),
    spies: t.map(Spy).view(),
    queue: t.array(Unit).view(),
    open: t.map(Item),
    chosen: Item,
    leader: t.ref(Unit).view(),
  },
  'Board',
);
type Board = SchemaType<typeof Board>;

const TIMING = { sNow: 0xfedc_ba98 };

/** One board, and clients that look at it; what they are sent. */
class Table {
  readonly state = new Board();
  readonly serializer: SchemaSerializer<Board>;
  readonly clients: Client[] = [];
  readonly views: StateView[] = [];
  sent: Array<{ to: number; frame: string }> = [];

  constructor(serializer: SchemaSerializer<Board>, clients: number) {
    this.serializer = serializer;
    serializer.reset(this.state);
    for (let to = 0; to < clients; to++) {
      // Each third shares the view of the one before, and each fifth has none.
      const view = to % 5 === 4 ? undefined : to % 3 === 2 ? this.clients[to - 1]!.view : new StateView();
      if (view !== undefined && !this.views.includes(view)) this.views.push(view);
      const raw = (frame: Uint8Array) => this.sent.push({ to, frame: Buffer.from(frame).toString('hex') });
      const state = to % 7 === 6 ? ClientState.JOINING : ClientState.JOINED;
      this.clients.push({ sessionId: `${to}`, state, view, raw, _inputBuffer: { ackSeq: to } } as unknown as Client);
    }
  }

  patch(timing: typeof TIMING | undefined): string[] {
    this.sent = [];
    this.serializer.applyPatches(this.clients, this.state, timing);
    return this.sent.map(({ to, frame }) => `${to} ${frame}`).sort();
  }
}

const UNITS = 12;

/** One change that a room could make, as the numbers say. */
function change(table: Table, random: Seeded): void {
  const { state, views } = table;
  const id = `u${random.below(UNITS)}`;
  const unit = state.units.get(id);
  const spy = state.spies.get(id);
  const view = random.pick(views);
  const number = random.below(1_000);
  const queued = state.queue[number % Math.max(1, state.queue.length)];
  const edits = {
    tick: () => state.assign({ tick: state.tick + 1 }),
    unit: () => (unit === undefined ? state.units.set(id, unitOf(number)) : unit.assign({ x: number })),
    move: () => unit?.assign({ x: number }),
    name: () => unit?.assign({ name: 'n'.repeat(number % 60) }),
    remove: () => number % 4 === 0 && state.units.delete(id),
    see: () => unit && view.add(unit),
    seeAgain: () => unit && view.add(unit),
    lose: () => unit && view.remove(unit),
    pack: () => unit?.bag.set(`${number % 3}`, new Item({ kind: 1, count: number })),
    unpack: () => unit?.bag.delete(`${number % 3}`),
    shelve: () => unit?.shelf.push(new Item({ kind: 2, count: number })),
    unshelve: () => unit?.shelf.shift(),
    note: () => unit?.notes.push(`note ${number}`),
    count: () => unit?.held?.assign({ count: number }),
    hold: () => unit?.assign({ held: new Item({ kind: 3, count: number }) }),
    countAll: () => unit?.bag.forEach((item) => void item.assign({ count: item.count + 1 })),
    spy: () => (spy === undefined ? state.spies.set(id, new Spy({ x: 1, plan: 'a' })) : spy.assign({ x: number })),
    plan: () => spy?.assign({ plan: `plan ${number}` }),
    seeSpy: () => spy && view.add(spy, number % 2 === 0 ? SECRETS : undefined),
    loseSpy: () => spy && view.remove(spy),
    queue: () => state.queue.length < 9 && state.queue.push(unitOf(number)),
    seeQueued: () => queued && view.add(queued),
    moveQueued: () => queued?.assign({ x: number }),
    unqueue: () => number % 3 === 0 && state.queue.shift(),
    open: () => state.open.set(id, new Item({ kind: 4, count: number })),
    close: () => state.open.delete(id),
    lead: () => state.assign({ leader: number % 2 === 0 ? unitOf(number) : (unit ?? unitOf(number)) }),
    leadOn: () => state.leader?.assign({ x: number }),
    seeLeader: () => view.add(state),
  };
  random.pick(Object.values(edits))();
}

function unitOf(number: number): InstanceType<typeof Unit> {
  const unit = new Unit({ x: number, name: `unit ${number}` });
  if (number % 2 === 0) unit.bag.set('first', new Item({ kind: 5, count: number }));
  if (number % 3 === 0) unit.held = new Item({ kind: 6, count: number });
  return unit;
}

test('VS1 whatever changes, each client is sent the bytes that Colyseus would send it', () => {
  for (let game = 0; game < 60; game++) {
    const tables = [new Table(new SchemaSerializer(), 16), new Table(new ViewSerializer<Board>(), 16)] as const;
    const randoms = tables.map(() => new Seeded(seed + game));
    for (let tick = 0; tick < 60; tick++) {
      const decide = new Seeded(seed + 1_000 * game + tick);
      const changes = decide.below(12);
      const timing = decide.chance(0.5) ? TIMING : undefined;
      for (let i = 0; i < changes; i++) tables.forEach((table, at) => void change(table, randoms[at]!));
      const [plain, ours] = tables.map((table) => table.patch(timing)) as [string[], string[]];
      expect(ours, `SEED=${seed} game ${game} tick ${tick}`).toEqual(plain);
    }
    const [plain, ours] = tables.map(({ serializer, clients }) =>
      clients.map((client) => Buffer.from(serializer.getFullState(client, TIMING)).toString('hex')),
    );
    expect(ours, `SEED=${seed} game ${game}`).toEqual(plain);
  }
});

test('VS2 a state and a patch larger than the buffers of Colyseus reach a client with a view whole', () => {
  const table = new Table(new ViewSerializer<Board>(), 2);
  const { state, serializer, clients, views } = table;
  const shown = new Decoder(new Board());
  const show = (frame: Uint8Array) => shown.decode(frame.subarray(1));
  const seen = unitOf(1);
  const expectShown = () => {
    expect(shown.state.open.toJSON()).toEqual(state.open.toJSON());
    expect(shown.state.units.toJSON()).toEqual({ seen: seen.toJSON() });
  };
  state.units.set('seen', seen);
  state.units.set('hidden', unitOf(2));
  views[0]!.add(seen);
  for (let i = 0; i < 8_000; i++) state.open.set(`item ${i}`, new Item({ kind: 1, count: i }));
  const full = serializer.getFullState(clients[0]);
  expect(full.byteLength).toBeGreaterThan(2 * Encoder.BUFFER_SIZE);
  show(full);
  expectShown();

  table.patch(undefined);
  for (const item of state.open.values()) item.count += 1;
  for (let i = 0; i < 8_000; i++) seen.notes.push(`note ${i}`);
  table.patch(undefined);
  const sent = table.sent.find(({ to }) => to === 0)!;
  show(Buffer.from(sent.frame, 'hex'));
  expectShown();
  expect(serializer.getFullState(clients[1]).byteLength).toBeGreaterThan(2 * Encoder.BUFFER_SIZE);
});
