import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { MAX_LABEL, MAX_MARKS, Mark, WORLD } from '../../schema/index.ts';
import { SmallWorld, type Watcher } from './support/SmallWorld.ts';

/** Ticks after which everybody has looked around. */
const ROUND = 6;
/** Bytes of a patch that says nothing but the number of the tick; two more when it has to find back to the root first. */
const TICK_BYTES = 5;
const TO_ROOT_BYTES = 2;

const to = ({ player }: Watcher, x: number, y: number) => Object.assign(player, { x, y });

test('WD11 who is near is seen, who walks away is removed, and whoever comes back is there again as they are', () => {
  const world = new SmallWorld();
  const ada = world.join('ada', 1_000, 1_000);
  const ben = world.join('ben', 1_900, 1_000);
  const far = world.join('far', 2_300, 1_000);
  world.tick(ROUND);
  expect([ada.sees, ben.sees, far.sees]).toEqual([
    ['ada', 'ben'],
    ['ada', 'ben', 'far'],
    ['ben', 'far'],
  ]);
  // Between the radii: ada goes on seeing ben.
  to(ben, 2_150, 1_000);
  world.tick(ROUND);
  expect(ada.sees).toEqual(['ada', 'ben']);
  to(ben, 2_201, 1_000);
  world.tick(ROUND);
  expect(ada.sees).toEqual(['ada']);
  ben.player.name = 'Benno';
  ben.player.hue = 99;
  to(ben, 1_999, 1_000.5);
  world.tick(ROUND);
  expect(ada.state.players.get('ben')?.toJSON()).toEqual(ben.player.toJSON());
});

test('WD12 for players whom a client does not see it gets no byte but their dots', () => {
  const world = new SmallWorld();
  const ada = world.join('ada', 200, 200);
  const others = Array.from({ length: 60 }, (_, n) => world.join(`far-${n}`, 4_500, 2_505));
  const near = world.join('near', 300, 300);
  world.tick(2 * ROUND);
  ada.patches = [];
  // To and fro within one step of the map.
  for (let n = 0; n < 60; n++) {
    for (const other of others) to(other, 4_500 + (n % 3), 2_505 - (n % 2));
    world.tick();
  }
  expect(new Set(ada.patches)).toEqual(new Set([TICK_BYTES]));
  // And one whom it sees costs what a player costs: to the structure, and a field with a float.
  ada.patches = [];
  near.player.x += 1;
  world.tick();
  expect(ada.patches[0]! - TICK_BYTES).toBeLessThanOrEqual(1 + 3 + 5);
});

test('WD13 in a crowd a client sees itself and the nearest fifty', () => {
  const world = new SmallWorld();
  const own = world.join('own', 1_000, 1_000);
  for (let n = 0; n < 80; n++) world.join(`p${n}`, 1_000 + 10 * (n + 1), 1_000);
  world.tick(ROUND);
  expect(own.sees).toEqual(['own', ...Array.from({ length: 50 }, (_, n) => `p${n}`)].sort());
});

test('WD14 everybody has a dot on everybody’s map: half a step beside them at most, half a second late at most', () => {
  const world = new SmallWorld();
  const step = { x: WORLD.width / 255, y: WORLD.height / 255 };
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10 }),
      fc.infiniteStream(fc.float({ min: 0, max: 1, noNaN: true })),
      (most, numbers) => {
        const number = () => numbers.next().value as number;
        const joined = Array.from({ length: most }, (_, n) =>
          world.join(`s${n}`, number() * WORLD.width, number() * WORLD.height),
        );
        for (const each of joined) to(each, number() * WORLD.width, number() * WORLD.height);
        world.tick(30);
        for (const { state } of joined) {
          expect([...state.map.keys()].sort()).toEqual([...world.watchers.keys()].sort());
          for (const [sessionId, { x, y }] of state.map) {
            const { player } = world.watchers.get(sessionId)!;
            expect(Math.abs(x - player.x)).toBeLessThanOrEqual(step.x / 2 + 1e-3);
            expect(Math.abs(y - player.y)).toBeLessThanOrEqual(step.y / 2 + 1e-3);
          }
        }
        for (const each of joined) world.leave(each);
        world.tick();
        expect(world.state.map.size).toBe(0);
      },
    ),
    { numRuns: 25 },
  );
});

test('WD14 a dot is no later because somebody else leaves', () => {
  const world = new SmallWorld();
  // Two of them follow in a tick: the first two, the next two, …
  const players = Array.from({ length: 60 }, (_, n) => world.join(`p${n}`, 100, 100));
  world.tick(16);
  for (const each of players) to(each, 4_000, 2_000);
  world.tick(29);
  world.leave(players[0]!);
  world.tick();
  for (const dot of world.state.map.values()) expect(dot.x).toBeGreaterThan(3_900);
});

test('WD15 no patch has more than a few dots, however many players there are', () => {
  const world = new SmallWorld();
  const own = world.join('own', 100, 100);
  const others = Array.from({ length: 600 }, (_, n) => world.join(`p${n}`, 4_000 + (n % 30), 2_500));
  // The state is told to own only: the others would decode as long.
  for (const other of others) world.watchers.delete(other.sessionId);
  world.tick(ROUND);
  own.patches = [];
  for (let n = 0; n < 90; n++) {
    for (const other of others) to(other, 3_000 + ((n * 20) % 1_500), 1_400 + ((n * 20) % 1_500));
    world.tick();
  }
  expect(Math.max(...own.patches)).toBeLessThanOrEqual(TICK_BYTES + TO_ROOT_BYTES + 8 * 8);
  for (const dot of own.state.map.values()) expect([0, 4_000]).not.toContain(dot.x);
});

test('WD16 who leaves is gone from every sight and map, and whoever comes next sees with eyes of their own', () => {
  const world = new SmallWorld();
  const [ada, ben, far] = [world.join('ada', 500, 500), world.join('ben', 600, 500), world.join('far', 4_000, 2_500)];
  world.tick(ROUND);
  world.leave(ben);
  world.tick();
  expect([ada.sees, far.sees]).toEqual([['ada'], ['far']]);
  expect([...ada.state.map.keys()]).toEqual(['ada', 'far']);
  // Colyseus numbers views, and gives the number of one that is gone to the next. One that is not given back is lost.
  for (let n = 0; n < 50; n++) {
    const visitor = world.join(`visitor-${n}`, 550, 500);
    world.tick(ROUND);
    expect(visitor.client.view!.id).toBeLessThan(3);
    world.leave(visitor);
    to(far, n % 2 === 0 ? 560 : 4_000, 2_500);
    world.tick(ROUND);
  }
  const next = world.join('next', 4_000, 100);
  expect(next.sees).toEqual(['next']);
  world.tick(30);
  next.patches = [];
  to(ada, 501, 500);
  world.tick();
  expect(next.patches).toEqual([TICK_BYTES]);
  expect(next.sees).toEqual(['next']);
});

test('WD17 a client that returns sees whom it would have seen, in the objects that it had; what it missed is made up for', () => {
  const world = new SmallWorld();
  const ada = world.join('ada', 500, 500);
  const [stays, goes] = [world.join('stays', 600, 500), world.join('goes', 700, 500)];
  const comes = world.join('comes', 4_000, 2_500);
  world.tick(ROUND);
  const kept = ada.state.players.get('stays');
  world.drop(ada);
  to(goes, 4_000, 100);
  to(comes, 800, 500);
  to(stays, 650, 510);
  world.tick(2 * ROUND);
  // Away, and seen all the same.
  expect(stays.sees).toEqual(['ada', 'comes', 'stays']);
  world.back(ada);
  expect(ada.sees).toEqual(['ada', 'comes', 'stays']);
  expect(ada.state.players.get('stays')).toBe(kept);
  expect(kept?.toJSON()).toEqual(stays.player.toJSON());
  to(comes, 820, 500);
  world.tick();
  expect(ada.state.players.get('comes')?.x).toBe(820);
  expect(comes.sees).toEqual(['ada', 'comes', 'stays']);
});

test('WD18 a world full of marks and players is read whole by whoever joins, and by whoever is sent all of it anew', () => {
  const world = new SmallWorld();
  const wide = (length: number, n: number) => `${n}${'界'.repeat(length)}`.slice(0, length);
  for (let n = 0; n < MAX_MARKS; n++) {
    const by = wide(128, n);
    world.state.marks.set(`mark-${n}`, new Mark({ x: n, y: n, label: wide(MAX_LABEL, n), hue: 1, by, version: 7 }));
  }
  for (let n = 0; n < 199; n++) world.join(`session-${n}`, 2_000 + n, 1_500, wide(32, n));
  const last = world.join('last', 2_100, 1_500);
  const expectWhole = () => {
    expect(last.state.marks.toJSON()).toEqual(world.state.marks.toJSON());
    expect(last.state.map.toJSON()).toEqual(world.state.map.toJSON());
    expect(last.sees).toHaveLength(51);
    for (const [id, player] of last.state.players)
      expect(player.toJSON()).toEqual(world.state.players.get(id)?.toJSON());
  };
  expectWhole();
  world.tick(ROUND);
  last.take(world.wholeState(last));
  expectWhole();
});

test('WD18 whenever all is sent anew, to whomever: what they have is what they see, and goes on being so', () => {
  const deed = fc.record({
    what: fc.constantFrom('walk', 'walk', 'walk', 'step', 'tick', 'anew', 'leave', 'join', 'drop', 'back'),
    who: fc.nat({ max: 11 }),
    x: fc.integer({ min: 0, max: 3_000 }),
  });
  // Where a decoder says that it was sent what it cannot make sense of.
  const complaints = (['error', 'warn'] as const).map((kind) => vi.spyOn(console, kind));
  fc.assert(
    fc.property(fc.array(deed, { minLength: 10, maxLength: 120 }), (deeds) => {
      const world = new SmallWorld();
      const there = new Map<number, Watcher>();
      const away = new Map<number, Watcher>();
      let joined = 0;
      for (const { what, who, x } of deeds) {
        const watcher = there.get(who);
        if (what === 'step') world.step();
        else if (what === 'tick') world.tick();
        else if (what === 'join' && watcher === undefined && !away.has(who)) {
          there.set(who, world.join(`s${joined++}`, x, 500));
        } else if (what === 'back' && away.has(who)) {
          there.set(who, away.get(who)!);
          away.delete(who);
          world.back(there.get(who)!);
        } else if (what === 'leave' && away.has(who)) {
          world.leave(away.get(who)!);
          away.delete(who);
        } else if (watcher === undefined) continue;
        else if (what === 'walk') to(watcher, x, 500);
        else if (what === 'anew') watcher.take(world.wholeState(watcher));
        else if (what === 'drop' || what === 'leave') {
          if (what === 'drop') away.set(who, watcher);
          world[what](watcher);
          there.delete(who);
        }
      }
      world.tick(ROUND);
      const players = new Map([...there.values(), ...away.values()].map((each) => [each.sessionId, each.player]));
      for (const watcher of there.values()) {
        for (const [sessionId, player] of watcher.state.players) {
          expect(player.toJSON()).toEqual(players.get(sessionId)?.toJSON());
          expect(Math.abs(player.x - watcher.player.x)).toBeLessThanOrEqual(1_200);
        }
        const near = [...players].filter(([, { x }]) => Math.abs(x - watcher.player.x) <= 1_000);
        expect(watcher.sees).toEqual(expect.arrayContaining(near.map(([sessionId]) => sessionId)));
        expect([...watcher.state.map.keys()].sort()).toEqual([...players.keys()].sort());
      }
    }),
    { numRuns: 300 },
  );
  for (const complaint of complaints) expect(complaint).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});
