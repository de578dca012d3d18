import { describe, expect, test } from 'vitest';
import { type EventBus, MAX_EVENT_BYTES, subjectWord } from '../../src/ports/event-bus.ts';
import { type Bench, endedAfterEach } from './bench.ts';

/** Every adapter of the event bus passes this. `make` gives a fresh one, with what to end it. */
export function eventBusContract(name: string, make: () => Promise<Bench & { bus: EventBus }>): void {
  const made = endedAfterEach(make);
  const fresh = async () => (await made()).bus;

  /** Collects what arrives; `until(n)` waits for the nth. */
  async function listen(bus: EventBus, pattern: string) {
    const got: Array<{ payload: unknown; subject: string }> = [];
    const subscription = await bus.subscribe(pattern, (payload, subject) => got.push({ payload, subject }));
    return { got, subscription, until: (count: number) => expect.poll(() => got.length).toBe(count) };
  }

  describe(name, () => {
    test('EB1 a message reaches every subscriber of its subject, as a copy', async () => {
      const bus = await fresh();
      const [one, two] = [await listen(bus, 'a.b'), await listen(bus, 'a.b')];
      const payload = { list: [1, { deep: true }] };
      await bus.publish('a.b', payload);
      await one.until(1);
      await two.until(1);
      expect(one.got[0]).toEqual({ payload, subject: 'a.b' });
      expect(one.got[0]!.payload).not.toBe(payload);
    });

    test('EB2 * stands for one word, > for one or more at the end', async () => {
      const bus = await fresh();
      const star = await listen(bus, 'room.*.event');
      const tail = await listen(bus, 'room.>');
      const exact = await listen(bus, 'room.1.event');
      for (const subject of [
        'room.1.event',
        'room.2.event',
        'room.1.2.event',
        'room',
        'rooms.1.event',
        'room.1.other',
      ]) {
        await bus.publish(subject, null);
      }
      await tail.until(4);
      expect(star.got.map(({ subject }) => subject)).toEqual(['room.1.event', 'room.2.event']);
      expect(exact.got.map(({ subject }) => subject)).toEqual(['room.1.event']);
    });

    test('EB3 messages of one publisher on one subject arrive in their order', async () => {
      const bus = await fresh();
      const all = await listen(bus, 'a');
      await Promise.all(Array.from({ length: 200 }, (_, i) => bus.publish('a', i)));
      await all.until(200);
      expect(all.got.map(({ payload }) => payload)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    });

    test('EB4 nothing arrives after unsubscribe, and others still get theirs', async () => {
      const bus = await fresh();
      const [gone, stays] = [await listen(bus, 'a'), await listen(bus, 'a')];
      await gone.subscription.unsubscribe();
      await bus.publish('a', 1);
      await stays.until(1);
      expect(gone.got).toEqual([]);
    });

    test('EB5 a subscriber that throws hurts nobody', async () => {
      const bus = await fresh();
      await bus.subscribe('a', () => {
        throw new Error('of the subscriber');
      });
      const other = await listen(bus, 'a');
      await bus.publish('a', 1);
      await bus.publish('a', 2);
      await other.until(2);
    });

    test('EB6 a publisher is never called back inside publish', async () => {
      const bus = await fresh();
      let inside = true;
      let seen: boolean | undefined;
      await bus.subscribe('a', () => {
        seen = inside;
      });
      const published = bus.publish('a', 1);
      inside = false;
      await published;
      await expect.poll(() => seen).toBe(false);
    });

    test('EB7 a payload over the limit is refused with PAYLOAD_TOO_LARGE', async () => {
      const bus = await fresh();
      await expect(bus.publish('a', 'x'.repeat(MAX_EVENT_BYTES))).rejects.toThrow('PAYLOAD_TOO_LARGE');
    });

    test('EB8 any name is one word of a subject, and different names are different words', async () => {
      const bus = await fresh();
      const names = ['a.b', 'a', '*', '>', 'ä', 'a b', 'a=b', 'a=3Db', '\u0000', '🙂', '\r\n', '\ufffd'];
      // Halves of surrogate pairs, which have no UTF-8.
      names.push('\ud83d', '\ude42', '\ude42\ud83d');
      const words = names.map(subjectWord);
      expect(new Set(words).size).toBe(names.length);
      for (const word of words) {
        expect(word).toMatch(/^[A-Za-z0-9_=-]+$/);
        const one = await listen(bus, `user.${word}`);
        await bus.publish(`user.${word}`, word);
        await one.until(1);
      }
    });
  });
}
