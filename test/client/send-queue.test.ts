import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SendQueue } from '../../client/src/send-queue.ts';
import { FakeClock } from './support/fake-clock.ts';

function makeQueue(limit: number) {
  const clock = new FakeClock(0);
  const expired: number[] = [];
  return { clock, expired, queue: new SendQueue<number>({ limit, clock, onExpired: (item) => expired.push(item) }) };
}

describe('the send queue', () => {
  test('CL4 refuses the newest when it is full, and gives back the others in order', () => {
    const { queue } = makeQueue(2);
    expect([queue.push(1, 10), queue.push(2, 10), queue.push(3, 10)]).toEqual([true, true, false]);
    expect([queue.take(), queue.take(), queue.take()]).toEqual([1, 2, undefined]);
  });

  test('CL5 drops what is older than its time, at the latest when its place is needed', () => {
    const { queue, clock, expired } = makeQueue(2);
    queue.push(1, 10);
    queue.push(2, 30);
    clock.jump(10);
    expect(queue.push(3, 30)).toBe(true);
    expect(expired).toEqual([1]);
    clock.jump(20);
    expect(queue.take()).toBeUndefined();
    expect(expired).toEqual([1, 2, 3]);
  });

  const step = fc.oneof(
    fc.record({ do: fc.constant('push' as const), forMs: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ do: fc.constant('remove' as const), pick: fc.nat() }),
  );

  test('CL4 CL5 behaves as a plain list that is looked at slowly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), fc.array(step, { maxLength: 60 }), (limit, steps) => {
        const { queue, clock, expired } = makeQueue(limit);
        let model: { item: number; expiresAt: number }[] = [];
        let next = 0;
        let gone = 0;
        for (const now of steps) {
          if (now.do === 'push') {
            const item = next++;
            const expiresAt = clock.now() + now.forMs;
            const alive = model.filter((entry) => entry.expiresAt > clock.now());
            if (queue.push(item, expiresAt)) {
              if (model.length >= limit) model = alive;
              model.push({ item, expiresAt });
            } else {
              gone += 1;
              model = alive;
              expect(alive).toHaveLength(limit);
            }
          } else if (now.do === 'take') {
            model = model.slice(model.findIndex((entry) => entry.expiresAt > clock.now()));
            if (model.every((entry) => entry.expiresAt <= clock.now())) model = [];
            const taken = queue.take();
            expect(taken).toBe(model.shift()?.item);
            if (taken !== undefined) gone += 1;
          } else if (now.do === 'remove') {
            const removed = model[now.pick % Math.max(1, model.length)];
            if (removed === undefined) continue;
            queue.remove(removed.item);
            model = model.filter((entry) => entry !== removed);
            gone += 1;
          } else {
            clock.jump(now.ms);
          }
          expect(queue.size).toBeLessThanOrEqual(limit);
          // Everything that was ever pushed waits, was refused, taken, removed, or expired: nothing is lost silently.
          expect(queue.size + gone + expired.length).toBe(next);
        }
      }),
    );
  });
});
