import { describe, expect, test } from 'vitest';
import { MAX_EVENT_BYTES, type RequestBus } from '../../src/ports/event-bus.ts';
import { type Bench, endedAfterEach } from './bench.ts';

/**
 * Every adapter of the bus that takes requests passes this, beside the suite of
 * the event bus. `make` gives two ends of one bus: nodes or services that share
 * it. In one process they may be the same.
 */
export function requestBusContract(
  name: string,
  make: () => Promise<Bench & { near: RequestBus; far: RequestBus }>,
): void {
  const fresh = endedAfterEach(make);

  describe(name, () => {
    test('EB9 a request is answered with what the handler gives, at once or later, as a copy', async () => {
      const { near, far } = await fresh();
      await far.serve('sum', 'sums', (payload) => ({ sum: (payload as number[]).reduce((a, b) => a + b) }));
      await far.serve('later', 'sums', async (payload, subject) => [payload, subject]);
      await far.serve('nothing', 'sums', () => undefined);
      expect(await near.request('sum', [1, 2, 3], 5_000)).toEqual({ sum: 6 });
      expect(await near.request('later', { a: 1 }, 5_000)).toEqual([{ a: 1 }, 'later']);
      expect(await near.request('nothing', null, 5_000)).toBe(null);
    });

    test('EB9 many requests at once get each their own answer', async () => {
      const { near, far } = await fresh();
      await far.serve('echo', 'echoes', async (payload) => payload);
      const numbers = Array.from({ length: 300 }, (_, i) => i);
      expect(await Promise.all(numbers.map((i) => near.request('echo', i, 5_000)))).toEqual(numbers);
    });

    test('EB10 of a queue group one member gets a request, and all get some', async () => {
      const { near, far } = await fresh();
      const counts = [0, 0];
      await near.serve('work', 'workers', () => counts[0]!++);
      await far.serve('work', 'workers', () => counts[1]!++);
      for (let i = 0; i < 100; i++) await near.request('work', i, 5_000);
      expect(counts[0]! + counts[1]!).toBe(100);
      expect(Math.min(...counts)).toBeGreaterThan(0);
    });

    test('EB11 a request that nobody serves, or nobody serves any more, is UNAVAILABLE at once', async () => {
      const { near, far } = await fresh();
      await expect(near.request('nobody', null, 60_000)).rejects.toThrow('UNAVAILABLE');
      const served = await far.serve('shop', 'shops', () => 1);
      expect(await near.request('shop', null, 5_000)).toBe(1);
      await served.unsubscribe();
      await expect(near.request('shop', null, 60_000)).rejects.toThrow('UNAVAILABLE');
    });

    test('EB12 a handler that is too slow, throws or rejects is TIMEOUT, and others are served', async () => {
      const { near, far } = await fresh();
      const come: Array<() => void> = [];
      await far.serve('bad', 'bads', (payload) => {
        if (payload === 'slow') return new Promise<void>((resolve) => come.push(resolve));
        if (payload === 'throws') throw new Error('of the handler');
        if (payload === 'rejects') return Promise.reject(new Error('of the handler'));
        return 'good';
      });
      const bad = ['slow', 'throws', 'rejects'].map((how) => near.request('bad', how, 100));
      for (const each of bad) await expect(each).rejects.toThrow('TIMEOUT');
      expect(await near.request('bad', '', 5_000)).toBe('good');
      come[0]!();
    });

    test('EB15 who stops to serve answers what has come, and nothing after', async () => {
      const { near, far } = await fresh();
      const come: Array<(answer: string) => void> = [];
      const served = await far.serve('shop', 'shops', () => new Promise<string>((resolve) => come.push(resolve)));
      const asked = near.request('shop', null, 5_000);
      await expect.poll(() => come.length).toBe(1);
      const stopped = served.unsubscribe();
      come[0]!('the last one');
      expect(await asked).toBe('the last one');
      await stopped;
      await expect(near.request('shop', null, 60_000)).rejects.toThrow('UNAVAILABLE');
    });

    test('EB13 a request over the limit is refused with PAYLOAD_TOO_LARGE', async () => {
      const { near, far } = await fresh();
      await far.serve('echo', 'echoes', (payload) => payload);
      const most = 'x'.repeat(MAX_EVENT_BYTES - 2);
      expect(await near.request('echo', most, 5_000)).toBe(most);
      await expect(near.request('echo', `${most}x`, 5_000)).rejects.toThrow('PAYLOAD_TOO_LARGE');
    });

    test('EB15 who stops to serve under load leaves no request without an answer', async () => {
      const { near, far } = await fresh();
      let first = () => {};
      const begun = new Promise<void>((resolve) => {
        first = resolve;
      });
      const served = await far.serve('shop', 'shops', async () => {
        first();
        return 1;
      });
      const asked = Array.from({ length: 1_000 }, () => near.request('shop', null, 5_000).then(String, String));
      await begun;
      await served.unsubscribe();
      const ends = new Set(await Promise.all(asked));
      for (const end of ends) expect(end).toMatch(/^1$|UNAVAILABLE/);
    });

    test('EB14 a bus in reach says so; a closed one is UNAVAILABLE and delivers nothing', async () => {
      const { near, far } = await fresh();
      expect(near.isReady()).toBe(true);
      const got: unknown[] = [];
      await near.subscribe('a', (payload) => got.push(payload));
      await near.close();
      await near.close();
      if (far !== near) await far.publish('a', 1);
      await expect(near.publish('a', 2)).rejects.toThrow('UNAVAILABLE');
      await expect(near.request('a', 3, 1_000)).rejects.toThrow('UNAVAILABLE');
      await expect(near.subscribe('a', () => {})).rejects.toThrow('UNAVAILABLE');
      expect(got).toEqual([]);
    });
  });
}
