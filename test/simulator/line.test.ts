import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decisionsOf, Line, type LineConditions } from '../../simulator/index.ts';
import { MAX_LOSSES, RTO_MIN_MS, SEGMENT_BYTES } from '../../simulator/Line.ts';

const plain: LineConditions = {
  latencyMs: 0,
  jitterMs: 0,
  loss: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  queueBytes: 65_536,
};
const never = () => 0.999;

/** All that arrives, and when, for one who asks exactly when told to. */
function drained(line: Line, from = 0): Array<{ at: number; what: Buffer | 'end' | 'reset' }> {
  const all: ReturnType<typeof drained> = [];
  for (let now = from; ; ) {
    const what = line.next(now);
    if (what !== undefined) {
      all.push({ at: now, what });
      continue;
    }
    const at = line.nextAt;
    if (at === undefined) return all;
    // Else whoever waits for it would never sleep.
    expect(at).toBeGreaterThan(now);
    now = at;
  }
}

const conditions = fc.record({
  latencyMs: fc.integer({ min: 0, max: 500 }),
  jitterMs: fc.integer({ min: 0, max: 500 }),
  loss: fc.double({ min: 0, max: 1, noNaN: true }),
  bytesPerSecond: fc.oneof(fc.integer({ min: 1, max: 1e6 }), fc.constant(Number.POSITIVE_INFINITY)),
  queueBytes: fc.constant(65_536),
});

test('SM3 whatever the conditions, all comes out whole and in order, the end last, and nothing sooner than rate and latency allow', () => {
  const chunk = fc.record({
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4_000 }),
    wait: fc.nat(2_000),
    look: fc.boolean(),
  });
  fc.assert(
    fc.property(conditions, fc.integer(), fc.array(chunk, { maxLength: 8 }), (given, seed, chunks) => {
      const line = new Line(given, decisionsOf(seed, 0));
      const out: ReturnType<typeof drained> = [];
      let now = 0;
      let sent = 0;
      const takenAt: number[] = [];
      for (const { bytes, wait, look } of chunks) {
        line.take(Buffer.from(bytes), now);
        for (const _ of bytes) takenAt.push(now);
        sent += bytes.byteLength;
        now += wait;
        if (!look) continue;
        for (let what = line.next(now); what !== undefined; what = line.next(now)) out.push({ at: now, what });
      }
      line.finish('end');
      out.push(...drained(line, now));
      expect(out.pop()?.what).toBe('end');
      let arrived = 0;
      for (const { at, what } of out) {
        arrived += what.length;
        const soonest = (arrived / given.bytesPerSecond) * 1_000 + given.latencyMs;
        expect(at).toBeGreaterThanOrEqual(soonest - 1e-6);
        expect(at).toBeGreaterThanOrEqual(takenAt[arrived - 1]! + given.latencyMs);
      }
      expect(arrived).toBe(sent);
      const all = Buffer.concat(out.map(({ what }) => what as Buffer));
      expect(all.equals(Buffer.concat(chunks.map(({ bytes }) => bytes)))).toBe(true);
      expect(line.bytes).toBe(0);
    }),
  );
});

test('SM3 latency and rate are exactly what was asked, and a late look loses nothing of the rate', () => {
  const given = { ...plain, latencyMs: 40, bytesPerSecond: 10_000 };
  const prompt = new Line(given, never);
  prompt.take(Buffer.alloc(5_000), 100);
  expect(drained(prompt, 100).at(-1)?.at).toBeCloseTo(100 + 500 + 40);
  const late = new Line(given, never);
  late.take(Buffer.alloc(5_000), 100);
  // Nobody looked for 450 ms; two thirds have long arrived, and the rest is not late.
  let bytes = 0;
  for (let what = late.next(550); what !== undefined; what = late.next(550)) bytes += what.length;
  expect(bytes).toBe(4_000);
  expect(drained(late, 550).at(-1)?.at).toBeCloseTo(640);
});

test('SM3 an idle line saves nothing up', () => {
  const line = new Line({ ...plain, bytesPerSecond: 10_000 }, never);
  line.take(Buffer.alloc(1_000), 0);
  drained(line);
  line.take(Buffer.alloc(1_000), 60_000);
  expect(drained(line, 60_000).at(-1)?.at).toBeCloseTo(60_100);
});

test('SM4 a lost segment comes a timeout later, twice lost three, and what is behind it waits', () => {
  const lossOf = new Map([
    [1, 0.05],
    [3, 0.005],
  ]);
  const given = { ...plain, latencyMs: 50, loss: 0.1 };
  const line = new Line(given, (segment) => lossOf.get(segment) ?? 0.5);
  const timeout = RTO_MIN_MS + 2 * given.latencyMs;
  for (const at of [0, 10, 20, 1_000, 1_010]) line.take(Buffer.from([at % 256]), at);
  expect(drained(line, 40).map(({ at }) => at)).toEqual([
    50,
    10 + timeout + 50,
    10 + timeout + 50,
    1_000 + 3 * timeout + 50,
    1_000 + 3 * timeout + 50,
  ]);
});

test('SM4 as many are lost as was asked, and none is lost for ever', () => {
  const share = (loss: number) => {
    const line = new Line({ ...plain, loss }, decisionsOf(11, 0));
    let late = 0;
    for (let n = 0; n < 10_000; n++) {
      line.take(Buffer.from([1]), n * 1e6);
      if (line.next(n * 1e6) === undefined) late += 1;
      drained(line, n * 1e6);
    }
    return late / 10_000;
  };
  expect(share(0)).toBe(0);
  expect(share(0.05)).toBeCloseTo(0.05, 2);
  const always = new Line({ ...plain, loss: 1 }, never);
  always.take(Buffer.from([1]), 0);
  expect(drained(always).map(({ at }) => at)).toEqual([RTO_MIN_MS * (2 ** MAX_LOSSES - 1)]);
});

test('SM1 what becomes of a segment is decided by seed, line and number, and not by when it comes', () => {
  const given = { ...plain, latencyMs: 5, jitterMs: 100, loss: 0.3 };
  const delays = (seed: number, way: number, gap: number) => {
    const line = new Line(given, decisionsOf(seed, 0, 4, way));
    return Array.from({ length: 50 }, (_, n) => {
      line.take(Buffer.from([n]), n * gap);
      return Math.round(drained(line, n * gap)[0]!.at - n * gap);
    });
  };
  expect(delays(1, 0, 1e6)).toEqual(delays(1, 0, 3e6));
  expect(delays(1, 0, 1e6)).not.toEqual(delays(2, 0, 1e6));
  expect(delays(1, 0, 1e6)).not.toEqual(delays(1, 1, 1e6));
});

test('SM5 a line is full at its bound, and many small pieces fill it as well', () => {
  const one = new Line({ ...plain, latencyMs: 1_000, queueBytes: 10_000 }, never);
  one.take(Buffer.alloc(9_000), 0);
  expect([one.full, one.hasRoom]).toEqual([false, false]);
  one.take(Buffer.alloc(1_000), 0);
  expect(one.full).toBe(true);
  drained(one);
  expect([one.full, one.hasRoom]).toEqual([false, true]);
  const small = new Line({ ...plain, latencyMs: 1_000, queueBytes: 10_000 }, never);
  for (let n = 0; n < 100; n++) small.take(Buffer.from([n]), 0);
  expect(small.full).toBe(true);
});

test('SM10 a line that is mended is soon free, however slow it was', () => {
  const line = new Line({ ...plain, bytesPerSecond: 1 }, never);
  line.take(Buffer.alloc(SEGMENT_BYTES * 4), 0);
  for (let now = 0; now <= 5_000; now += 100) while (line.next(now) !== undefined);
  line.shape(plain, 5_000);
  const rest = drained(line, 5_000);
  // What was on its way takes its second.
  expect(rest.at(-1)!.at).toBeLessThanOrEqual(6_000);
  expect(line.bytes).toBe(0);
});

test('SM8 while it is held nothing leaves a line, and what arrived before waits', () => {
  const line = new Line({ ...plain, latencyMs: 10, bytesPerSecond: 1_000 }, never);
  line.take(Buffer.alloc(100), 0);
  line.next(0);
  line.hold();
  line.take(Buffer.alloc(100), 50);
  expect([line.next(10_000), line.nextAt]).toEqual([undefined, undefined]);
  line.release(10_000);
  expect(drained(line, 10_000).map(({ at, what }) => [at, what.length])).toEqual([
    [10_000, 100],
    [10_110, 100],
  ]);
});
