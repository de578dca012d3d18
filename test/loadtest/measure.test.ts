import { expect, test } from 'vitest';
import { Histogram } from '../../loadtest/measure/Histogram.ts';
import { readBytes, readMs, readPerSecond } from '../../loadtest/measure/quantities.ts';
import { floors, slopePerHour } from '../../loadtest/soak/slopes.ts';
import { draw } from '../../simulator/index.ts';

test('LT6 percentiles are within 1 % of those of the sorted values, also of histograms that were put together', () => {
  const values = Array.from({ length: 20_000 }, (_, i) => 0.02 + 10 ** (draw(6, i) * 5 - 1));
  const parts = [new Histogram(), new Histogram(), new Histogram()];
  for (const [i, value] of values.entries()) parts[i % 3]!.record(value);
  const whole = new Histogram();
  for (const part of parts) whole.add(structuredClone(part.toData()));
  const sorted = values.toSorted((a, b) => a - b);
  for (const share of [0.01, 0.5, 0.9, 0.99, 0.999]) {
    const exact = sorted[Math.ceil(share * sorted.length) - 1]!;
    expect(Math.abs(whole.percentile(share) / exact - 1)).toBeLessThan(0.0101);
  }
  expect([whole.count, whole.min, whole.max]).toEqual([values.length, sorted[0], sorted.at(-1)]);
  expect(whole.percentile(1)).toBe(sorted.at(-1));
  expect(whole.mean).toBeCloseTo(values.reduce((sum, value) => sum + value) / values.length, 6);
});

test('LT6 a histogram of nothing, of one value, and of zero', () => {
  expect(new Histogram().percentile(0.5)).toBeNaN();
  const one = new Histogram();
  one.record(7);
  expect([one.percentile(0), one.percentile(0.5), one.percentile(1)]).toEqual([7, 7, 7]);
  const zero = new Histogram();
  zero.record(0);
  expect([zero.percentile(0.5), zero.max, zero.count]).toEqual([0, 0, 1]);
});

test('LT2 times, rates and bytes are read with their units, and nothing else is', () => {
  expect(['250ms', '10s', '1.5m', '2min', '1h', '7'].map(readMs)).toEqual([
    250, 10_000, 90_000, 120_000, 3_600_000, 7_000,
  ]);
  expect(['', 's', '-1s', '1 day', '1e3', '10s 5'].map(readMs)).toEqual(new Array(6).fill(undefined));
  expect(['50/s', '2.5', '10 / s'].map(readPerSecond)).toEqual([50, 2.5, 10]);
  expect(['50/m', '/s', 'many'].map(readPerSecond)).toEqual(new Array(3).fill(undefined));
  expect([readBytes(2, 'MB'), readBytes(2, 'MiB')]).toEqual([2e6, undefined]);
});

test('LT15 a slope is of the whole, whatever a few wild points say', () => {
  const points = Array.from({ length: 900 }, (_, i) => [i * 4_000, 100 + i * 0.01] as const);
  const wild = points.map(([at, value], i) => [at, i % 50 === 0 ? value * 40 : value] as const);
  expect(slopePerHour(points)).toBeCloseTo(9, 6);
  expect(slopePerHour(wild)).toBeCloseTo(9, 0);
});

test('LT15 the floor of a heap is what the collector leaves', () => {
  const saw = Array.from({ length: 100 }, (_, i) => [i, 50 + (i % 10)] as const);
  expect(floors(saw, 10)).toEqual(Array.from({ length: 10 }, (_, i) => [i * 10, 50]));
});
