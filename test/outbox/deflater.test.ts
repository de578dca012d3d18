import { constants, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFLATE_MS_PER_SECOND, Deflater } from '../../src/outbox/Deflater.ts';
import { binaryFrame, payloadOf } from '../../src/outbox/websocket-frame.ts';
import { FakeClock } from '../support/FakeClock.ts';

const TAIL = Buffer.of(0, 0, 0xff, 0xff);
const inflate = (frame: Buffer) =>
  inflateRawSync(Buffer.concat([payloadOf(frame), TAIL]), { finishFlush: constants.Z_SYNC_FLUSH });
const text = (length: number) => Buffer.alloc(length, 'player 12 stands at 100, 200; ');

test('OB24 what is large and not dense leaves smaller and says the same; the rest leaves as it is', () => {
  const deflater = new Deflater({ fromBytes: 1_000, clock: new FakeClock() });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100_000 }), fc.boolean(), (length, isDense) => {
      const payload = isDense
        ? Buffer.from(fc.sample(fc.uint8Array({ minLength: length % 3_000, maxLength: length % 3_000 }), 1)[0]!)
        : text(length);
      const frame = binaryFrame(payload);
      const left = deflater.deflate(frame);
      if (left === frame) {
        expect(isDense || length < 1_000).toBe(true);
      } else {
        expect(left[0]).toBe(0xc2);
        expect(left.byteLength).toBeLessThan(frame.byteLength);
        expect(inflate(left).equals(payload)).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

test('OB24 a frame that goes to many is deflated once', () => {
  const deflater = new Deflater({ fromBytes: 1_000, clock: new FakeClock() });
  const frame = binaryFrame(text(5_000));
  expect(deflater.deflate(frame)).toBe(deflater.deflate(frame));
});

test('OB25 it takes no more CPU in a second than it may; what comes then leaves as it is', () => {
  let now = 0;
  const clock = new FakeClock();
  clock.monotonic = () => now;
  const deflater = new Deflater({ fromBytes: 1_000, clock });
  const busy = () => {
    const frame = binaryFrame(text(5_000));
    const before = now;
    // Each look at the clock is 10 ms later: so long a frame takes.
    clock.monotonic = () => (now += 5);
    const left = deflater.deflate(frame);
    clock.monotonic = () => now;
    return { isSmaller: left !== frame, took: now - before };
  };
  const made = Array.from({ length: 40 }, busy).filter(({ isSmaller }) => isSmaller).length;
  expect(made).toBeGreaterThan(5);
  expect(made * 5).toBeLessThanOrEqual(DEFLATE_MS_PER_SECOND + 40 * 10 * (DEFLATE_MS_PER_SECOND / 1_000) + 10);
  now += 1_000;
  expect(busy().isSmaller).toBe(true);
});
