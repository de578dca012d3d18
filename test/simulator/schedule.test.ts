import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endOf, type FaultKind } from '../../simulator/faults.ts';
import { draw, scheduleOf } from '../../simulator/index.ts';

const kinds: readonly FaultKind[] = ['cut', 'hold', 'silence', 'refuse', 'shape', 'kill', 'terminate', 'pause'];
const seeds = fc.integer({ min: 0, max: 0xffff_ffff });
const targets = fc.dictionary(fc.constantFrom('players', 'redis', 'nats', 'node'), fc.subarray([...kinds]));
const options = fc.record({
  targets,
  durationMs: fc.integer({ min: 0, max: 60_000 }),
  everyMs: fc.integer({ min: 1, max: 5_000 }),
  longestMs: fc.integer({ min: 1, max: 5_000 }),
});
const everything = { targets: { link: kinds.slice(0, 5) }, durationMs: 60_000 };

test('SM1 the same seed and options give the same schedule, another seed another', () => {
  fc.assert(
    fc.property(seeds, options, (seed, given) => {
      expect(scheduleOf(seed, structuredClone(given))).toEqual(scheduleOf(seed, given));
    }),
  );
  const many = new Set(Array.from({ length: 200 }, (_, seed) => JSON.stringify(scheduleOf(seed, everything))));
  expect(many.size).toBe(200);
});

test('SM1 what is drawn is spread evenly, also for seeds and steps that lie side by side', () => {
  for (const one of [
    (n: number) => draw(n),
    (n: number) => draw(n, 0, 0),
    (n: number) => draw(7, n),
    (n: number) => draw(7, 3, n, 1),
  ]) {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let n = 0; n < 10_000; n++) tenths[Math.floor(one(n) * 10)]! += 1;
    // A thousand each, and five deviations of a fair draw.
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  }
});

test('SM2 a schedule is in order and over in time; those of one target do not overlap, and nothing follows its end', () => {
  fc.assert(
    fc.property(seeds, options, (seed, given) => {
      const schedule = scheduleOf(seed, given);
      const over = new Map<string, number>();
      let last = 0;
      for (const fault of schedule) {
        expect(fault.at).toBeGreaterThanOrEqual(Math.max(last, over.get(fault.target) ?? 0));
        expect(endOf(fault)).toBeLessThanOrEqual(given.durationMs);
        if ('forMs' in fault) expect(fault.forMs).toBeGreaterThan(0);
        if ('forMs' in fault) expect(fault.forMs).toBeLessThanOrEqual(given.longestMs);
        expect(given.targets[fault.target]).toContain(fault.kind);
        last = fault.at;
        const final = fault.kind === 'kill' || fault.kind === 'terminate';
        over.set(fault.target, final ? Number.POSITIVE_INFINITY : endOf(fault));
      }
    }),
  );
});

test('SM2 every kind that a target may suffer comes up', () => {
  const seen = new Set(
    Array.from({ length: 50 }, (_, seed) => scheduleOf(seed, everything).map(({ kind }) => kind)).flat(),
  );
  expect(seen).toEqual(new Set(everything.targets.link));
});

test('SM2 a schedule is plain data', () => {
  const schedule = scheduleOf(1, everything);
  expect(schedule.length).toBeGreaterThan(5);
  expect(JSON.parse(JSON.stringify(schedule))).toEqual(schedule);
});
