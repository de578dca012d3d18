import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { UpgradeRates } from '../../src/gate/UpgradeRates.ts';

const defaults = readConfig({}).limits;
const HOUR = 3_600_000;

/** How many of `times` sockets may be opened at one moment. */
function opened(rates: UpgradeRates, address: string, sessionOf: (i: number) => string | null, times: number, now = 0) {
  let count = 0;
  for (let i = 0; i < times; i++) if (rates.take(address, sessionOf(i), now) === 0) count += 1;
  return count;
}

test('GT39 sockets of one address are opened at a bounded rate: with the defaults 2,000 at once, and 50 a second', () => {
  const rates = new UpgradeRates(defaults);
  const anySession = (i: number) => `s${i}`;
  expect(opened(rates, '203.0.113.7', anySession, 10_000)).toBe(2_000);
  expect(rates.take('203.0.113.7', 'another', 0)).toBe(20);
  expect(opened(rates, '203.0.113.8', anySession, 1)).toBe(1);
  let later = 0;
  for (let now = 0; now < 10_000; now += 5) {
    if (rates.take('203.0.113.7', `later${now}`, now) === 0) later += 1;
  }
  expect(later).toBeGreaterThanOrEqual(498);
  expect(later).toBeLessThanOrEqual(500);
});

test('GT39 sockets of one address are opened at a bounded rate: one that may have a single connection comes back, too', () => {
  const rates = new UpgradeRates({ connectionsPerAddress: 1 });
  expect(opened(rates, '203.0.113.7', () => null, 100)).toBe(20);
  expect(rates.take('203.0.113.7', null, 0)).toBe(1_000);
  expect(rates.take('203.0.113.7', null, 1_000)).toBe(0);
});

test('GT39 sockets of one address are opened at a bounded rate: a network of 64 bits is one', () => {
  const rates = new UpgradeRates({ connectionsPerAddress: 1 });
  const sockets = Array.from({ length: 40 }, (_, i) => rates.take(`2001:db8::${i.toString(16)}`, null, 0));
  expect(sockets.filter((wait) => wait === 0)).toHaveLength(20);
  expect(rates.take('2001:db8:0:1::1', null, 0)).toBe(0);
});

test('GT40 a session in a loop leaves its neighbours what they need', () => {
  const rates = new UpgradeRates(defaults);
  expect(opened(rates, '203.0.113.7', () => 'loop', 100_000)).toBe(20);
  expect(rates.take('203.0.113.7', 'loop', 0)).toBe(1_000);
  // Of the address all is there but those twenty.
  expect(opened(rates, '203.0.113.7', (i) => `s${i}`, 10_000)).toBe(1_980);
  // When it has waited as long as it was told, it may come.
  expect(rates.take('203.0.113.7', 'loop', 1_000)).toBe(0);
});

test('GT40 a session in a loop is bounded by itself: ids are no secret, and from elsewhere nobody uses up its rate', () => {
  const rates = new UpgradeRates(defaults);
  opened(rates, '198.51.100.1', () => 'victim', 100);
  expect(rates.take('203.0.113.7', 'victim', 0)).toBe(0);
});

test('GT40 a session in a loop is bounded by itself: ids that are none count as one', () => {
  const rates = new UpgradeRates(defaults);
  expect(opened(rates, '203.0.113.7', (i) => `${'x'.repeat(65)}${i}`, 1_000)).toBe(20);
});

/** The client kit and the SDK, at their most impatient: no attempt of theirs is refused. */
test('GT40 a session may come back as often as a client does: every quarter second at first, then every other second', () => {
  const rates = new UpgradeRates({ connectionsPerAddress: 10 });
  const refused: number[] = [];
  for (let outage = 0; outage < 5; outage++) {
    let now = outage * 120_000;
    for (let attempt = 0; attempt < 40; attempt++) {
      now += attempt < 6 ? 250 : 2_000;
      if (rates.take('203.0.113.7', 'unlucky', now) > 0) refused.push(now);
    }
  }
  expect(refused).toEqual([]);
});

test('GT41 all whom an address may have come back at once, four times over, and again an hour later', () => {
  const rates = new UpgradeRates(defaults);
  for (const now of [0, HOUR]) {
    const all = Array.from({ length: defaults.connectionsPerAddress }, (_, i) => `s${i}`);
    for (let attempt = 0; attempt < 4; attempt++) {
      expect(all.filter((session) => rates.take('203.0.113.7', session, now) > 0)).toEqual([]);
    }
  }
});
