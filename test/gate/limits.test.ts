import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { addressOf } from '../../src/gate/address.ts';
import { originAllowed } from '../../src/gate/origin.ts';
import { TokenBucket, TokenBuckets } from '../../src/gate/token-bucket.ts';
import { Counters } from '../../src/ops/Counters.ts';
import { FrameGuard } from '../../src/socket/frame-guard.ts';
import { FakeClock } from '../support/FakeClock.ts';
import { FRAME } from '../support/raw-client.ts';
import { seed } from '../support/seeded.ts';

const rates = fc.record({ perSecond: fc.integer({ min: 1, max: 1_000 }), burst: fc.integer({ min: 1, max: 1_000 }) });
/** What a rate per minute becomes: fractions. */
const slowRates = fc.record({
  perSecond: fc.integer({ min: 1, max: 600 }).map((perMinute) => perMinute / 60),
  burst: fc.integer({ min: 1, max: 300 }),
});
/** Pause before a call in milliseconds, and how much the call takes. */
const calls = fc.array(fc.tuple(fc.double({ min: 0, max: 2_000, noNaN: true }), fc.integer({ min: 1, max: 50 })), {
  minLength: 1,
  maxLength: 200,
});
/** Of sums of fractions. */
const ROUNDING = 1e-6;

test('GT30 a bucket gives its burst at once and its rate after that', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 1_000);
  expect(Array.from({ length: 7 }, () => bucket.take(1_000))).toEqual([true, true, true, true, true, false, false]);
  expect(bucket.take(1_099)).toBe(false);
  expect(bucket.take(1_100)).toBe(true);
  expect(bucket.take(1_100)).toBe(false);
  expect(bucket.take(1_350, 2)).toBe(true);
  expect(bucket.take(1_350, 1)).toBe(false);
  expect(bucket.isFull(1_790)).toBe(false);
  expect(bucket.isFull(1_801)).toBe(true);
  // What is not taken is not saved beyond the burst.
  expect(bucket.take(1_000_000, 5)).toBe(true);
  expect(bucket.take(1_000_000)).toBe(false);
});

test('GT30 a bucket gives its burst at once and its rate after that: never more in any stretch of time', () => {
  fc.assert(
    fc.property(fc.oneof(rates, slowRates), calls, (rate, steps) => {
      const bucket = new TokenBucket(rate, 0);
      const taken: Array<{ at: number; amount: number }> = [];
      let now = 0;
      for (const [pause, amount] of steps) {
        now += pause;
        if (bucket.take(now, amount)) taken.push({ at: now, amount });
      }
      for (let from = 0; from < taken.length; from++) {
        let sum = 0;
        for (const { at, amount } of taken.slice(from)) {
          sum += amount;
          const seconds = (at - taken[from]!.at) / 1_000;
          expect(sum).toBeLessThanOrEqual(rate.burst + rate.perSecond * seconds + ROUNDING);
        }
      }
    }),
    { seed, numRuns: 300 },
  );
});

test('GT30 a bucket gives its burst at once and its rate after that: never less', () => {
  fc.assert(
    fc.property(fc.oneof(rates, slowRates), calls, (rate, steps) => {
      const bucket = new TokenBucket(rate, 0);
      let now = 0;
      let level = rate.burst;
      for (const [pause, amount] of steps) {
        now += pause;
        level = Math.min(rate.burst, level + (pause / 1_000) * rate.perSecond);
        const given = bucket.take(now, amount);
        if (given) level -= amount;
        else expect(level).toBeLessThan(amount + ROUNDING);
      }
    }),
    { seed, numRuns: 300 },
  );
});

test('GT31 waitMs is how long to wait, and not a millisecond more', () => {
  fc.assert(
    fc.property(fc.oneof(rates, slowRates), calls, (rate, steps) => {
      let now = 0;
      const bucket = new TokenBucket(rate, now);
      for (const [pause, wanted] of steps) {
        now += pause;
        const amount = Math.min(wanted, rate.burst);
        const wait = bucket.waitMs(now, amount);
        expect(Number.isInteger(wait)).toBe(true);
        if (wait === 0) expect(bucket.take(now, amount)).toBe(true);
        else {
          expect(bucket.take(now, amount)).toBe(false);
          expect(bucket.take(now + Math.max(0, wait - 1 - ROUNDING), amount)).toBe(false);
          // Who comes when told to is let in, at the latest a rounding error later.
          expect(bucket.take(now + wait + ROUNDING, amount)).toBe(true);
          now += wait + ROUNDING;
        }
      }
    }),
    { seed, numRuns: 300 },
  );
});

test('GT32 each key has a bucket of its own', () => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 2 });
  expect([buckets.take('a', 0), buckets.take('a', 0), buckets.take('b', 0)]).toEqual([0, 0, 0]);
  expect(buckets.take('a', 0)).toBe(1_000);
  expect(buckets.take('a', 400)).toBe(600);
  expect(buckets.take('b', 400)).toBe(0);
  expect(buckets.take('a', 1_000)).toBe(0);
  for (const name of ['__proto__', 'constructor', '']) expect(buckets.take(name, 0)).toBe(0);
});

test('GT33 the buckets never exceed their capacity, and forget full ones before others', () => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 2 }, 3);
  buckets.take('busy', 0);
  buckets.take('busy', 0);
  buckets.take('b', 0);
  buckets.take('c', 0);
  // At 1,500 those that gave one are full again, `busy` is not.
  expect(buckets.take('d', 1_500)).toBe(0);
  expect(buckets.size).toBe(2);
  expect(buckets.take('busy', 1_500)).toBe(0);
  expect(buckets.take('busy', 1_500)).toBe(500);
});

test('GT33 the buckets never exceed their capacity, and forget full ones before others: any keys at any time', () => {
  const keys = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }).map(String), fc.integer({ min: 0, max: 2_000 })), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 20 }), keys, (rate, capacity, steps) => {
      const buckets = new TokenBuckets(rate, capacity);
      let now = 0;
      for (const [key, pause] of steps) {
        now += pause;
        const wait = buckets.take(key, now);
        expect(wait === 0 || wait >= 1).toBe(true);
        expect(buckets.size).toBeLessThanOrEqual(capacity);
      }
    }),
    { seed, numRuns: 300 },
  );
});

/** A frame guard that is asked for one frame, alone, on a fresh connection. */
function firstFrame(env: Record<string, string>, bytes: number): string | undefined {
  const { limits } = readConfig(env);
  const guard = new FrameGuard({ limits, clock: new FakeClock(), counters: new Counters(), onFailure: () => {} });
  const frame = new Uint8Array(bytes);
  frame[0] = FRAME.ROOM_DATA;
  const verdict = guard.inspect(frame, true);
  // What is in it is another matter: here it is about whether it may come at all.
  return verdict === 'FLOODING' ? verdict : undefined;
}

/**
 * BYTES_PER_SECOND allows four times as much at once. With a MAX_PAYLOAD beyond
 * that, a frame that is allowed can never pass: its client is told 4201, comes
 * back later with the same frame, and is told again.
 */
const payloads: Array<[string, Record<string, string>]> = [
  ['the defaults', {}],
  ['the largest payload', { MAX_PAYLOAD: '1048576' }],
  ['the fewest bytes', { BYTES_PER_SECOND: '1024' }],
];
test.each(payloads)('GT34 a frame of MAX_PAYLOAD passes the flood limits of a fresh connection: %s', (_name, env) => {
  expect(firstFrame(env, readConfig(env).limits.payloadBytes)).toBeUndefined();
});

const own = { host: 'play.example.com' };
const origins: Array<[string, boolean, IncomingHttpHeaders, string[]]> = [
  ['no origin: not a browser', true, own, []],
  ['the own host', true, { ...own, origin: 'https://play.example.com' }, []],
  ['the own host over http', true, { ...own, origin: 'http://play.example.com' }, []],
  ['the own host with a port', true, { host: 'localhost:2567', origin: 'http://localhost:2567' }, []],
  ['the own host in capitals', true, { host: 'Play.Example.COM', origin: 'https://play.example.com' }, []],
  ['an address in brackets', true, { host: '[::1]:2567', origin: 'http://[::1]:2567' }, []],
  ['one of the list', true, { ...own, origin: 'https://a.example' }, ['https://b.example', 'https://a.example']],
  ['anything, when all may', true, { ...own, origin: 'https://evil.example' }, ['*']],
  ['another host', false, { ...own, origin: 'https://evil.example' }, []],
  ['another port', false, { host: 'localhost:2567', origin: 'http://localhost:3000' }, []],
  ['a host that ends alike', false, { ...own, origin: 'https://evilplay.example.com' }, []],
  ['a host that begins alike', false, { ...own, origin: 'https://play.example.com.evil.example' }, []],
  ['a subdomain', false, { ...own, origin: 'https://x.play.example.com' }, []],
  ['the host as user', false, { ...own, origin: 'https://play.example.com@evil.example' }, []],
  ['the host in the path', false, { ...own, origin: 'https://evil.example/play.example.com' }, []],
  ['an opaque origin', false, { ...own, origin: 'null' }, []],
  ['an empty origin', false, { ...own, origin: '' }, []],
  ['a host alone', false, { ...own, origin: 'play.example.com' }, []],
  ['no origin at all in it', false, { ...own, origin: '://' }, []],
  ['no host', false, { origin: 'https://play.example.com' }, []],
  ['an empty host', false, { host: '', origin: 'https://play.example.com' }, []],
  ['another scheme than the list', false, { ...own, origin: 'http://a.example' }, ['https://a.example']],
  ['another port than the list', false, { ...own, origin: 'https://a.example:444' }, ['https://a.example']],
  ['a subdomain of the list', false, { ...own, origin: 'https://x.a.example' }, ['https://a.example']],
  ['null while a list is there', false, { ...own, origin: 'null' }, ['https://a.example']],
];
test.each(origins)(
  'GT35 a web page may join from the own host or a listed origin: %s',
  (_name, allowed, headers, list) => {
    expect(originAllowed(headers, list)).toBe(allowed);
  },
);

const SOCKET = '203.0.113.7';
const spoofed = '198.51.100.1, 198.51.100.2, 192.0.2.9';
const addresses: Array<[string, number, string | string[] | undefined, string]> = [
  ['no proxy, no header', 0, undefined, SOCKET],
  ['no proxy: the header is the word of a stranger', 0, spoofed, SOCKET],
  ['one proxy: what it has added', 1, '192.0.2.9', '192.0.2.9'],
  ['one proxy: what came before it does not count', 1, spoofed, '192.0.2.9'],
  ['one proxy: several header lines', 1, ['198.51.100.1', '192.0.2.9'], '192.0.2.9'],
  ['one proxy: no header', 1, undefined, SOCKET],
  ['one proxy: an empty header', 1, '', SOCKET],
  ['one proxy: nothing after the comma', 1, '198.51.100.1, ', SOCKET],
  ['one proxy: too long', 1, `198.51.100.1, ${'9'.repeat(65)}`, SOCKET],
  ['two proxies: one before the last', 2, spoofed, '198.51.100.2'],
  ['two proxies: what came before them does not count', 2, '1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4', '3.3.3.3'],
  ['two proxies, but came by one', 2, '192.0.2.9', SOCKET],
  ['two proxies: no header', 2, undefined, SOCKET],
  ['two proxies: spaces', 2, '  198.51.100.2\t,  192.0.2.9 ', '198.51.100.2'],
];
test.each(addresses)(
  'GT36 the address is read as many proxies back as are trusted: %s',
  (_name, trusted, header, expected) => {
    const headers = header === undefined ? {} : { 'x-forwarded-for': header };
    const request = { socket: { remoteAddress: SOCKET }, headers } as unknown as IncomingMessage;
    expect(addressOf(request, trusted)).toBe(expected);
  },
);

test('GT36 the address is read as many proxies back as are trusted: other headers do not count', () => {
  const headers = { 'x-real-ip': '9.9.9.9', forwarded: 'for=9.9.9.9', 'x-client-ip': '9.9.9.9' };
  for (const trusted of [0, 1, 2]) {
    const request = { socket: { remoteAddress: SOCKET }, headers } as unknown as IncomingMessage;
    expect(addressOf(request, trusted)).toBe(SOCKET);
  }
  expect(addressOf({ socket: {}, headers: {} } as unknown as IncomingMessage, 0)).toBe('unknown');
});
