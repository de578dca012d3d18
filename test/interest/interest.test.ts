import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Interest, type Sighting } from '../../src/interest/Interest.ts';

interface Body {
  name: string;
  x: number;
  y: number;
}

const body = (name: string, x: number, y = 0): Body => ({ name, x, y });
const names = (bodies: readonly Body[]) => bodies.map(({ name }) => name);
const apart = (a: Body, b: Body) => Math.hypot(a.x - b.x, a.y - b.y);
/** Of two numbers that should be one: what is lost when it is computed in another order. */
const HAIR = 1e-6;

const RADII = { enter: 100, leave: 120, cap: 4, favour: 0.8, every: 1 };

/** Keeps what each viewer sees by its sightings alone. */
class Album {
  readonly seen = new Map<Body, Set<Body>>();

  take({ viewer, entered, left }: Sighting<Body, Body>): void {
    const seen = this.seen.get(viewer) ?? new Set();
    this.seen.set(viewer, seen);
    for (const gone of left) expect(seen.delete(gone)).toBe(true);
    for (const come of entered) {
      expect(seen.has(come)).toBe(false);
      seen.add(come);
    }
  }
}

/** What the class promises of one viewer that has just looked. */
function expectPromise(eyes: Body, seen: readonly Body[], all: readonly Body[], radii = RADII): void {
  const { enter, leave, cap, favour } = radii;
  const distances = seen.map((each) => apart(eyes, each));
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).not.toContain(eyes);
  expect(seen.length).toBeLessThanOrEqual(cap);
  for (const distance of distances) expect(distance).toBeLessThanOrEqual(leave + HAIR);
  const furthest = Math.max(0, ...distances);
  for (const other of all) {
    if (other === eyes || seen.includes(other) || apart(eyes, other) > enter - HAIR) continue;
    expect(seen.length).toBe(cap);
    expect(furthest * favour).toBeLessThanOrEqual(apart(eyes, other) + HAIR);
  }
}

/** Nobody loses their place to somebody who is not much nearer. */
function expectPatience({ viewer, entered, left }: Sighting<Body, Body>, { leave, favour } = RADII): void {
  for (const gone of left) {
    if (apart(viewer, gone) > leave - HAIR) continue;
    expect(entered.length).toBeGreaterThan(0);
    for (const come of entered) expect(apart(viewer, come)).toBeLessThanOrEqual(apart(viewer, gone) * favour + HAIR);
  }
}

const place = fc.record({ x: fc.integer({ min: -300, max: 300 }), y: fc.integer({ min: -300, max: 300 }) });
const walk = fc.array(fc.record({ dx: fc.integer({ min: -40, max: 40 }), dy: fc.integer({ min: -40, max: 40 }) }), {
  minLength: 1,
  maxLength: 12,
});

test('IN1 a viewer sees everybody within the enter radius and nobody beyond the leave radius, nearest first', () => {
  const eyes = body('eyes', 0);
  const all = [body('far', 101), body('near', 10), body('border', 100), body('middle', -50)];
  const interest = new Interest<Body, string>(RADII);
  for (const each of [eyes, ...all]) interest.add(each);
  expect(names(interest.watch('v', eyes).entered)).toEqual(['near', 'middle', 'border']);
  all[0]!.x = 100;
  expect(interest.update().map(({ entered }) => names(entered))).toEqual([['far']]);
});

test('IN2 between the radii nothing changes: who is in sight stays, who is not does not come', () => {
  const [eyes, other] = [body('eyes', 0), body('other', 110)];
  const interest = new Interest<Body, string>(RADII);
  interest.add(other);
  expect(interest.watch('v', eyes).entered).toEqual([]);
  const seen: string[] = [];
  for (const x of [119, 101, 100, 101, 119, 100, 120, 121, 119, 101, 120]) {
    other.x = x;
    for (const { entered, left } of interest.update()) seen.push(`${x}:${entered.length - left.length}`);
  }
  expect(seen).toEqual(['100:1', '121:-1']);
});

test('IN3 beyond the cap the nearest are seen, and one who is only a little nearer takes nobody’s place', () => {
  const eyes = body('eyes', 0);
  const interest = new Interest<Body, string>({ ...RADII, cap: 2 });
  const [a, b, c] = [body('a', 10), body('b', 50), body('c', 60)];
  for (const each of [c, a, b]) interest.add(each);
  expect(names(interest.watch('v', eyes).entered)).toEqual(['a', 'b']);
  // 50 × 0.8 = 40: at 41 c is nearer, and not by enough.
  c.x = 41;
  expect(interest.update()).toEqual([]);
  c.x = 39;
  expect(interest.update()).toMatchObject([{ entered: [c], left: [b] }]);
  c.x = 45;
  expect(interest.update()).toEqual([]);
  a.x = 200;
  expect(interest.update()).toMatchObject([{ entered: [b], left: [a] }]);
});

test('IN4 whoever walks wherever: after its look each viewer sees what is promised, and sightings add up to it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ place, walk }), { minLength: 1, maxLength: 25 }),
      fc.integer({ min: 1, max: 8 }),
      fc.constantFrom(0.4, 0.8, 1),
      (walkers, cap, favour) => {
        const radii = { ...RADII, cap, favour };
        const interest = new Interest<Body, Body>(radii);
        const album = new Album();
        const all = walkers.map(({ place: { x, y } }, index) => body(`${index}`, x, y));
        for (const each of all) interest.add(each);
        for (const each of all) album.take(interest.watch(each, each));
        for (let round = 0; round < 12; round++) {
          for (const [index, each] of all.entries()) {
            const steps = walkers[index]!.walk;
            each.x += steps[round % steps.length]!.dx;
            each.y += steps[round % steps.length]!.dy;
          }
          for (const sighting of interest.update()) {
            album.take(sighting);
            expectPatience(sighting, radii);
          }
          for (const each of all) {
            const seen = interest.seenBy(each);
            expectPromise(each, seen, all, radii);
            expect(new Set(seen)).toEqual(album.seen.get(each) ?? new Set());
          }
        }
      },
    ),
  );
});

test('IN5 where everybody only trembles nobody flickers: after the first look no pair changes twice', () => {
  fc.assert(
    fc.property(
      fc.array(place, { minLength: 2, maxLength: 40 }),
      fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 50, maxLength: 200 }),
      fc.integer({ min: 1, max: 8 }),
      (places, noise, cap) => {
        // Within the enter radius, and far enough for a tremble to be little: see docs/interest.md.
        const homes = places
          .map(({ x, y }) => ({ x: x / 5, y: y / 5 }))
          .filter(({ x, y }) => Math.hypot(x, y) > 20 && Math.hypot(x, y) < 90);
        const all = homes.map(({ x, y }, index) => body(`${index}`, x, y));
        const interest = new Interest<Body, string>({ ...RADII, cap });
        for (const each of all) interest.add(each);
        interest.watch('v', body('eyes', 0));
        const changes = new Map<Body, number>();
        for (let round = 0; round < 60; round++) {
          for (const [index, each] of all.entries()) {
            each.x = homes[index]!.x + noise[(round * 7 + index) % noise.length]! / 100;
            each.y = homes[index]!.y + noise[(round * 11 + index * 3) % noise.length]! / 100;
          }
          for (const { entered, left } of interest.update()) {
            for (const each of [...entered, ...left]) changes.set(each, (changes.get(each) ?? 0) + 1);
          }
        }
        for (const count of changes.values()) expect(count).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test('IN6 what was removed is in nobody’s sight, and neither is whoever takes its slot without having been seen', () => {
  const step = fc.record({
    what: fc.constantFrom('add', 'remove', 'watch', 'unwatch', 'update'),
    which: fc.nat({ max: 5 }),
    place: fc.record({ x: fc.integer({ min: -90, max: 90 }), y: fc.integer({ min: -90, max: 90 }) }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), (steps) => {
      const interest = new Interest<Body, number>(RADII);
      const there = new Map<number, Body>();
      const eyes = new Map<number, Body>();
      for (const { what, which, place: at } of steps) {
        if (what === 'add' && !there.has(which)) {
          const fresh = body(`${which}`, at.x, at.y);
          there.set(which, fresh);
          interest.add(fresh);
          for (const viewer of eyes.keys()) expect(interest.seenBy(viewer)).not.toContain(fresh);
        } else if (what === 'remove' && there.has(which)) {
          interest.remove(there.get(which)!);
          there.delete(which);
        } else if (what === 'watch' && !eyes.has(which)) {
          const from = there.get(which) ?? body('nobody', at.x, at.y);
          eyes.set(which, from);
          interest.watch(which, from);
          expectPromise(from, interest.seenBy(which), [...there.values()]);
        } else if (what === 'unwatch') {
          interest.unwatch(which);
          eyes.delete(which);
          expect(interest.seenBy(which)).toEqual([]);
        } else if (what === 'update') {
          for (const { viewer } of interest.update()) expect(eyes.has(viewer)).toBe(true);
          for (const [viewer, from] of eyes) expectPromise(from, interest.seenBy(viewer), [...there.values()]);
        }
        const live = new Set(there.values());
        for (const viewer of eyes.keys()) for (const seen of interest.seenBy(viewer)) expect(live.has(seen)).toBe(true);
      }
    }),
  );
});

test('IN7 each viewer looks at every so manieth update, and no update has more than its share of them', () => {
  const every = 4;
  const interest = new Interest<Body, number>({ ...RADII, every });
  const other = body('other', 0);
  interest.add(other);
  const viewers = 10;
  for (let viewer = 0; viewer < viewers; viewer++) interest.watch(viewer, body('eyes', 0));
  const lookedAt = new Map<number, number[]>();
  for (let update = 0; update < 3 * every; update++) {
    // Seen and not seen in turns of four, so that each look tells of something.
    other.x = Math.floor(update / every) % 2 === 0 ? 500 : 0;
    const sightings = interest.update();
    expect(sightings.length).toBeLessThanOrEqual(Math.ceil(viewers / every));
    for (const { viewer } of sightings) lookedAt.set(viewer, [...(lookedAt.get(viewer) ?? []), update]);
  }
  expect(lookedAt.size).toBe(viewers);
  for (const [first, second, third] of lookedAt.values()) {
    expect([second! - first!, third! - second!]).toEqual([every, every]);
  }
});

test('IN8 it grows: thousands of bodies and viewers, far out and below zero, each find their own', () => {
  const interest = new Interest<Body, number>({ ...RADII, every: 1 });
  const far = [0, 1, -1, 1e6, -1e6, 123_456.789];
  let count = 0;
  for (const x of far) {
    for (const y of far) {
      for (let n = 0; n < 80; n++) interest.add(body(`${x} ${y}`, x * 1_000 + n, y * 1_000));
    }
  }
  for (const x of far) {
    for (const y of far) {
      const { entered } = interest.watch(count++, { x: x * 1_000 - 1, y: y * 1_000 });
      expect(entered.map(({ x: at }) => at)).toEqual([0, 1, 2, 3].map((n) => x * 1_000 + n));
      expect(new Set(names(entered))).toEqual(new Set([`${x} ${y}`]));
    }
  }
});

test.each([
  [{ enter: 100, leave: 100 }, 'leave'],
  [{ enter: 0 }, 'leave'],
  [{ cap: 0 }, 'cap'],
  [{ cap: 1.5 }, 'cap'],
  [{ favour: 0 }, 'favour'],
  [{ favour: 1.1 }, 'favour'],
  [{ every: 0 }, 'every'],
])('IN9 options that make no sense are refused: %j', (options, word) => {
  expect(() => new Interest({ ...RADII, ...options })).toThrow(word);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300])(
  'IN10 %d is no place: it is refused and changes nothing',
  (x) => {
    const interest = new Interest<Body, string>(RADII);
    const [good, bad] = [body('good', 0), body('bad', x)];
    interest.add(good);
    expect(() => interest.add(bad)).toThrow(RangeError);
    expect(() => interest.watch('v', bad)).toThrow(RangeError);
    expect(names(interest.watch('v', body('eyes', 1)).entered)).toEqual(['good']);
    // One that gets lost on its way ends an update, and the next is good again.
    good.x = x;
    expect(() => interest.update()).toThrow(RangeError);
    good.x = 2;
    expect(interest.update()).toEqual([]);
    expect(names(interest.seenBy('v'))).toEqual(['good']);
  },
);
