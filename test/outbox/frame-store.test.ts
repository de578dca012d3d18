import { expect, test } from 'vitest';
import { FrameStore } from '../../src/outbox/FrameStore.ts';

test('OB31 small frames that wait are kept in memory of about their own size, whatever they were cut from', () => {
  const store = new FrameStore();
  const frames = Array.from({ length: 2_000 }, (_, i) => {
    // As a room of forty does: the frames of the others leave, and are forgotten.
    for (let other = 0; other < 39; other++) Buffer.allocUnsafe(200);
    return Buffer.allocUnsafe(200).fill(i % 256);
  });
  const kept = frames.map((frame) => store.keep(frame));
  const held = (buffers: readonly Buffer[]) =>
    [...new Set(buffers.map(({ buffer }) => buffer))].reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(held(frames)).toBeGreaterThan(10 * 400_000);
  expect(held(kept)).toBeLessThan(400_000 + 2 * 16_384);
  expect(kept.every((frame, i) => frame.equals(frames[i]!))).toBe(true);
});

test('OB31 a frame that has its memory for itself is kept as it is, and a large one fits', () => {
  const store = new FrameStore();
  const own = Buffer.allocUnsafeSlow(50_000);
  expect(store.keep(own)).toBe(own);
  const part = Buffer.allocUnsafeSlow(200_000).subarray(0, 50_000).fill(7);
  expect(store.keep(part).equals(part)).toBe(true);
  store.clear();
  expect(store.keep(part).buffer.byteLength).toBe(50_000);
});
