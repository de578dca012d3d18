import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CALM_MS, nextStand, START, STEPS, type Stand, slowdownOf } from '../../src/outbox/ladder.ts';

const bounds = { bytes: 1_000, ageMs: 10_000 };
const at = (waitingBytes: number, ageMs = 0) => ({ waitingBytes, ageMs });
const indexOf = ({ step }: Stand) => STEPS.indexOf(step);

test.each([
  [0, 'free'],
  [1, 'coalesce'],
  [31, 'coalesce'],
  [32, 'half'],
  [63, 'quarter'],
  [125, 'eighth'],
  [250, 'latest'],
  [500, 'stopped'],
  [1_000, 'closed'],
] as const)('OB5 with %i of 1,000 bytes waiting a connection is at once on the step "%s"', (bytes, step) => {
  expect(nextStand(START, at(bytes), bounds, 0).step).toBe(step);
});

test('OB5 the age of what waits counts as its bytes do', () => {
  expect(nextStand(START, at(1, 5_000), bounds, 0).step).toBe('stopped');
  expect(nextStand(START, at(1, 10_000), bounds, 0).step).toBe('closed');
});

test('OB6 a step is taken back after a calm second, one at a time, and not while the pressure is near it', () => {
  let stand = nextStand(START, at(500), bounds, 0);
  stand = nextStand(stand, at(260), bounds, 100);
  expect(stand).toEqual({ step: 'stopped', calmSince: undefined });
  stand = nextStand(stand, at(10), bounds, 200);
  stand = nextStand(stand, at(10), bounds, 200 + CALM_MS - 1);
  expect(stand.step).toBe('stopped');
  stand = nextStand(stand, at(10), bounds, 200 + CALM_MS);
  expect(stand.step).toBe('latest');
  // A bad moment begins the second anew.
  stand = nextStand(stand, at(200), bounds, 300 + CALM_MS);
  stand = nextStand(stand, at(10), bounds, 400 + CALM_MS);
  stand = nextStand(stand, at(10), bounds, 399 + 2 * CALM_MS);
  expect(stand.step).toBe('latest');
  expect(nextStand(stand, at(10), bounds, 400 + 2 * CALM_MS).step).toBe('eighth');
});

test('OB6 whatever happens, it goes down at once, up one at a time, and is free in the end', () => {
  const moment = fc.record({ bytes: fc.nat(999), age: fc.nat(9_999), pause: fc.nat(3_000) });
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 200 }), (moments) => {
      let [stand, now] = [START, 0];
      for (const { bytes, age, pause } of moments) {
        now += pause;
        const before = indexOf(stand);
        stand = nextStand(stand, at(bytes, age), bounds, now);
        expect(indexOf(stand)).toBeGreaterThanOrEqual(stand.step === 'free' ? 0 : before - 1);
        expect(indexOf(stand)).toBeGreaterThanOrEqual(indexOf(nextStand(START, at(bytes, age), bounds, now)));
      }
      for (let i = 1; i < 2 * STEPS.length; i++) stand = nextStand(stand, at(0), bounds, now + i * CALM_MS);
      expect(stand).toEqual(START);
    }),
  );
});

test('OB7 from step to step patches come at half the rate, and at last not at all', () => {
  expect(STEPS.map(slowdownOf)).toEqual([1, 1, 2, 4, 8, 8, Infinity, Infinity]);
});
