import { Protocol } from '@colyseus/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Priority } from '../../src/outbox/delivery.ts';
import { Outbox } from '../../src/outbox/Outbox.ts';
import { binaryFrame, payloadOf } from '../../src/outbox/websocket-frame.ts';

const message = (text: string, bytes = text.length) => binaryFrame(Buffer.from(text.padEnd(bytes, '.'), 'latin1'));
const patch = (n: number, bytes = 4) => {
  const payload = Buffer.alloc(bytes, n);
  payload[0] = Protocol.ROOM_STATE_PATCH;
  return binaryFrame(payload);
};
const state = (bytes = 8) => {
  const payload = Buffer.alloc(bytes, 9);
  payload[0] = Protocol.ROOM_STATE;
  return binaryFrame(payload);
};
const texts = (frames: Buffer[]) => frames.map((frame) => payloadOf(frame).toString('latin1').replace(/\.+$/, ''));
const fresh = (maxBytes = 1_000_000) => new Outbox({ maxBytes });

describe('OB10 priorities', () => {
  test('OB10 critical goes first, then by weight; order stays within a priority', () => {
    const outbox = fresh();
    for (const n of [1, 2, 3]) {
      for (const priority of ['low', 'normal', 'high', 'critical'] as const) {
        outbox.offerMessage(message(`${priority}${n}`, 100), { priority }, 0);
      }
    }
    const left = texts(outbox.take(1e9, 0));
    expect(left.slice(0, 3)).toEqual(['critical1', 'critical2', 'critical3']);
    for (const priority of ['low', 'normal', 'high']) {
      expect(left.filter((text) => text.startsWith(priority))).toEqual([1, 2, 3].map((n) => `${priority}${n}`));
    }
    expect(left.indexOf('high3')).toBeLessThan(left.indexOf('low2'));
    expect(outbox.bytes).toBe(0);
  });

  test('OB10 what has waited long in an idle lane has saved nothing up, and nobody starves', () => {
    const outbox = fresh();
    for (let i = 0; i < 1_000; i++) {
      outbox.offerMessage(message('high', 100), { priority: 'high' }, 0);
      outbox.take(1, 0);
    }
    outbox.offerMessage(message('low'.repeat(30)), { priority: 'low', maxAge: 1e9 }, 0);
    for (let i = 0; i < 20; i++) outbox.offerMessage(message('high', 100), { priority: 'high' }, 0);
    const left = texts(outbox.take(2_000, 0));
    expect(left.some((text) => text.startsWith('low'))).toBe(true);
  });

  test('OB10 bytes are shared by weight while all wait', () => {
    const outbox = fresh(1e9);
    for (let i = 0; i < 4_000; i++) {
      for (const priority of ['high', 'normal', 'low'] as const) {
        outbox.offerMessage(message(priority, 100), { priority, maxAge: 1e9 }, 0);
      }
    }
    const left = texts(outbox.take(130 * 1_000, 0));
    const share = (of: string) => left.filter((text) => text === of).length / left.length;
    expect(share('high')).toBeCloseTo(8 / 13, 1);
    expect(share('normal')).toBeCloseTo(4 / 13, 1);
    expect(share('low')).toBeCloseTo(1 / 13, 1);
  });
});

test('OB11 of several with one key only the latest leaves, in the place of the first; another priority is another key', () => {
  const outbox = fresh();
  outbox.offerMessage(message('a1'), { key: 'a' }, 0);
  outbox.offerMessage(message('b'), {}, 0);
  expect(outbox.offerMessage(message('a2'), { key: 'a' }, 0)).toBe('replaced');
  outbox.offerMessage(message('a3'), { key: 'a', priority: 'high' }, 0);
  expect(texts(outbox.take(1e9, 0))).toEqual(['a3', 'a2', 'b']);
  // What has left is not replaced.
  expect(outbox.offerMessage(message('a4'), { key: 'a' }, 0)).toBe('queued');
  expect(outbox.bytes).toBe(message('a4').byteLength);
});

test('OB12 what is older than it may be is dropped and counted; low messages have an age of their own', () => {
  const outbox = fresh();
  outbox.offerMessage(message('brief'), { maxAge: 100 }, 0);
  outbox.offerMessage(message('low'), { priority: 'low' }, 0);
  outbox.offerMessage(message('stays'), {}, 0);
  expect(texts(outbox.take(1e9, 5_000))).toEqual(['stays']);
  expect(outbox.dropped).toBe(2);
  expect(outbox.bytes).toBe(0);
});

test('OB12 an old one behind a young one is dropped as well', () => {
  const outbox = fresh();
  outbox.offerMessage(message('young'), { maxAge: 10_000 }, 0);
  outbox.offerMessage(message('old'), { maxAge: 10 }, 0);
  expect(texts(outbox.take(1e9, 5_000))).toEqual(['young']);
});

test('OB13 patches that wait leave in order; after a whole state those before it are gone', () => {
  const outbox = fresh();
  outbox.offerState(state(), 0);
  for (const n of [1, 2, 3]) outbox.offerPatch(patch(n), 0);
  expect(outbox.take(1e9, 0).map((frame) => payloadOf(frame)[1])).toEqual([9, 1, 2, 3]);
  outbox.offerPatch(patch(4), 0);
  outbox.offerState(state(), 0);
  outbox.offerPatch(patch(5), 0);
  const kinds = outbox.take(1e9, 0).map((frame) => payloadOf(frame)[0]);
  expect(kinds).toEqual([Protocol.ROOM_STATE, Protocol.ROOM_STATE_PATCH]);
});

test('OB13 where there never was a state none is owed', () => {
  const outbox = fresh();
  outbox.giveUpPatches();
  expect(outbox.owesState).toBe(false);
  expect(outbox.isEmpty).toBe(true);
});

test('OB12 what may wait for ever stays among many that may not', () => {
  const outbox = fresh();
  const brief = (n: number) => {
    for (let i = 0; i < n; i++) outbox.offerMessage(message('brief'), { maxAge: 10 }, 0);
  };
  brief(1_001);
  outbox.offerMessage(message('stays'), {}, 0);
  brief(1_100);
  expect(texts(outbox.take(1e9, 5_000))).toEqual(['stays']);
});

test('OB13 patches beyond twice the state are given up: none leaves until the whole state was offered', () => {
  const outbox = fresh();
  outbox.offerState(state(50_000), 0);
  outbox.take(1e9, 0);
  for (let n = 0; n < 120; n++) outbox.offerPatch(patch(n, 1_000), 0);
  expect(outbox.owesState).toBe(true);
  expect(outbox.bytes).toBe(0);
  outbox.offerPatch(patch(7), 0);
  expect(outbox.take(1e9, 0)).toEqual([]);
  outbox.offerState(state(), 0);
  outbox.offerPatch(patch(8), 0);
  expect(outbox.owesState).toBe(false);
  expect(outbox.take(1e9, 0)).toHaveLength(2);
});

test('OB14 a message larger than all that may wait is refused', () => {
  const outbox = fresh(1_000);
  expect(outbox.offerMessage(message('x', 1_001), { priority: 'critical' }, 0)).toBe('too_large');
  expect(outbox.isEmpty).toBe(true);
});

test('OB15 random offers, drains and times: order, sums, keys and ages hold, critical is never dropped, no patch leaves without those before it', () => {
  const priorities: Priority[] = ['critical', 'high', 'normal', 'low'];
  const step = fc.oneof(
    fc.record({
      do: fc.constant('message' as const),
      priority: fc.constantFrom(...priorities),
      key: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
      maxAge: fc.option(fc.nat(500), { nil: undefined }),
      bytes: fc.integer({ min: 12, max: 400 }),
    }),
    fc.record({ do: fc.constant('patch' as const), bytes: fc.integer({ min: 4, max: 30_000 }) }),
    fc.record({ do: fc.constant('state' as const) }),
    fc.record({ do: fc.constant('giveUp' as const) }),
    fc.record({ do: fc.constant('take' as const), budget: fc.integer({ min: 1, max: 5_000 }), patches: fc.boolean() }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat(400) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const outbox = fresh();
      const sent: Array<{ n: number; priority: Priority; key: string | undefined; dueAt: number }> = [];
      const left: number[] = [];
      // What the client has of the state: the number of the last patch, or nothing until a whole state comes.
      let [now, n, patches, seen] = [0, 0, 0, 0];
      const look = (frames: Buffer[]) => {
        for (const frame of frames) {
          const payload = payloadOf(frame);
          if (payload[0] === Protocol.ROOM_STATE) seen = payload.readUInt32BE(1);
          else if (payload[0] === Protocol.ROOM_STATE_PATCH) {
            for (let at = 1; at < payload.length; ) {
              const [number, bytes] = [payload.readUInt32BE(at), payload.readUInt32BE(at + 4)];
              expect(number).toBe(seen + 1);
              seen = number;
              at += bytes;
            }
          } else left.push(Number(payload.subarray(1, 12).toString()));
        }
      };
      for (const what of steps) {
        switch (what.do) {
          case 'wait':
            now += what.ms;
            break;
          case 'message': {
            const { priority, key, maxAge } = what;
            const payload = Buffer.alloc(what.bytes, ' ');
            payload[0] = Protocol.ROOM_DATA;
            payload.write(String(++n).padStart(11), 1);
            outbox.offerMessage(
              binaryFrame(payload),
              { priority, ...(key && { key }), ...(maxAge !== undefined && { maxAge }) },
              now,
            );
            sent.push({ n, priority, key, dueAt: now + (maxAge ?? (priority === 'low' ? 1_000 : Infinity)) });
            break;
          }
          case 'patch': {
            const body = Buffer.alloc(Math.max(8, what.bytes), 1);
            body.writeUInt32BE(++patches, 0);
            body.writeUInt32BE(body.length, 4);
            outbox.offerPatch(binaryFrame(Buffer.concat([Buffer.of(Protocol.ROOM_STATE_PATCH), body])), now);
            break;
          }
          case 'state': {
            const payload = Buffer.alloc(5);
            payload[0] = Protocol.ROOM_STATE;
            payload.writeUInt32BE(patches, 1);
            outbox.offerState(binaryFrame(payload), now);
            break;
          }
          case 'giveUp':
            outbox.giveUpPatches();
            break;
          case 'take':
            look(outbox.take(what.budget, now, { patches: what.patches }));
        }
        expect(outbox.bytes).toBeGreaterThanOrEqual(0);
        expect(outbox.oldestAt === undefined).toBe(outbox.bytes === 0);
      }
      look(outbox.take(Number.MAX_SAFE_INTEGER, now));
      expect(outbox.bytes).toBe(0);
      // Nothing twice, nothing that was not sent; in order within a priority, but where a key took the place of an older one.
      expect(new Set(left).size).toBe(left.length);
      for (const priority of priorities) {
        const mine = sent.filter((each) => each.priority === priority);
        const plain = left.filter((number) => mine.some((each) => each.n === number && each.key === undefined));
        expect(plain).toEqual(plain.toSorted((a, b) => a - b));
        for (const key of ['a', 'b']) {
          const keyed = left.filter((number) => mine.some((each) => each.n === number && each.key === key));
          expect(keyed).toEqual(keyed.toSorted((a, b) => a - b));
        }
      }
      const missing = sent.filter((each) => !left.includes(each.n));
      for (const each of missing) {
        const replaced = sent.some(
          (later) => later.n > each.n && later.key === each.key && later.priority === each.priority,
        );
        expect(each.dueAt <= now || (each.key !== undefined && replaced)).toBe(true);
      }
      expect(
        missing.filter(({ priority, key, dueAt }) => priority === 'critical' && key === undefined && dueAt > now),
      ).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
