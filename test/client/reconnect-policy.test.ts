import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReconnectPolicy, type Retry } from '../../client/src/reconnect-policy.ts';
import { FakeClock } from './support/fake-clock.ts';

const options = fc.record({
  baseMs: fc.integer({ min: 1, max: 5_000 }),
  capMs: fc.integer({ min: 1, max: 60_000 }),
  windowMs: fc.integer({ min: 0, max: 120_000 }),
});
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the reconnect policy', () => {
  test('CL1 draws the n-th delay from 0 … min(cap, base × 2ⁿ⁻¹)', () => {
    fc.assert(
      fc.property(options, fc.array(random, { minLength: 1, maxLength: 40 }), (options, draws) => {
        const clock = new FakeClock();
        let drawn = 0;
        const policy = new ReconnectPolicy({ options, clock, random: () => draws[drawn++ % draws.length] ?? 0 });
        policy.begin();
        for (let n = 1; n <= 40; n++) {
          const retry = policy.next();
          if (retry === null) return;
          expect(retry.attempt).toBe(n);
          expect(retry.delayMs).toBeGreaterThanOrEqual(0);
          expect(retry.delayMs).toBeLessThanOrEqual(Math.min(options.capMs, options.baseMs * 2 ** (n - 1)));
          expect(retry.retryAt).toBe(clock.now() + retry.delayMs);
          clock.jump(retry.delayMs);
        }
      }),
    );
  });

  test('CL1 uses the whole range, so that clients that dropped together do not return together', () => {
    const delays = [0, 0.25, 0.5, 0.75, 0.999].map((draw) => {
      const policy = new ReconnectPolicy({
        options: { baseMs: 1_000, capMs: 5_000, windowMs: 60_000 },
        clock: new FakeClock(),
        random: () => draw,
      });
      policy.begin();
      return policy.next()?.delayMs;
    });
    expect(delays).toEqual([0, 250, 500, 750, 999]);
  });

  test('CL2 starts no attempt after the window, and one at its very end at the latest', () => {
    fc.assert(
      fc.property(options, random, fc.integer({ min: 1, max: 3_000 }), (options, draw, dialMs) => {
        const clock = new FakeClock();
        const deadline = clock.now() + options.windowMs;
        const policy = new ReconnectPolicy({ options, clock, random: () => draw });
        policy.begin();
        let last: Retry | null = null;
        for (let retry = policy.next(); retry !== null; retry = policy.next()) {
          expect(retry.retryAt).toBeLessThanOrEqual(deadline);
          clock.jump(retry.delayMs + dialMs);
          last = retry;
        }
        expect(clock.now()).toBeGreaterThanOrEqual(deadline);
        if (options.windowMs > 0) expect(last).not.toBeNull();
      }),
    );
  });

  test('CL2 gives each drop a window and a backoff of its own', () => {
    const clock = new FakeClock();
    const policy = new ReconnectPolicy({
      options: { baseMs: 100, capMs: 5_000, windowMs: 1_000 },
      clock,
      random: () => 0.5,
    });
    expect(policy.next()).toBeNull();
    policy.begin();
    expect(policy.next()?.delayMs).toBe(50);
    expect(policy.next()?.delayMs).toBe(100);
    clock.jump(1_000);
    expect(policy.next()).toBeNull();
    policy.begin();
    expect(policy.next()).toMatchObject({ attempt: 1, delayMs: 50 });
  });

  test('CL3 puts the jitter on top of a pause that was asked for', () => {
    fc.assert(
      fc.property(options, random, fc.integer({ min: 0, max: 10_000 }), (options, draw, leastMs) => {
        const policy = new ReconnectPolicy({ options, clock: new FakeClock(), random: () => draw });
        policy.begin();
        const retry = policy.next(leastMs);
        if (retry === null) return;
        expect(retry.delayMs).toBeGreaterThanOrEqual(Math.min(leastMs, options.windowMs));
        expect(retry.delayMs).toBeLessThanOrEqual(Math.min(options.windowMs, leastMs + options.baseMs));
      }),
    );
  });
});
