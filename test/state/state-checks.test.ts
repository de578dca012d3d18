import { type Client, ClientState } from '@colyseus/core';
import { Encoder, schema, t } from '@colyseus/schema';
import { expect, test } from 'vitest';
import { WorldState } from '../../schema/index.ts';
import { Counters } from '../../src/ops/Counters.ts';
import type { Logger } from '../../src/ops/log.ts';
import { StateChecks } from '../../src/state/StateChecks.ts';
import { FakeClock } from '../support/FakeClock.ts';

const EVERY_MS = 5_000;
const PATCH_MS = 20;

/** A room of so many clients that all take checks. */
function room(size: number) {
  const clock = new FakeClock();
  const state = new WorldState();
  new Encoder(state);
  const clients = Array.from({ length: size }, (_, i) => {
    return { sessionId: `s${i}`, state: ClientState.JOINED } as unknown as Client;
  });
  const told: Array<{ id: string; at: number }> = [];
  const slow = new Set<string>();
  const noted: object[] = [];
  const checks = new StateChecks({
    everyMs: EVERY_MS,
    clock,
    counters: new Counters(),
    log: { info: (what: object) => noted.push(what) } as unknown as Logger,
    isInOrder: ({ sessionId }) => !slow.has(sessionId),
    tell: ({ sessionId }) => told.push({ id: sessionId, at: clock.now() }),
  });
  for (const { sessionId } of clients) checks.add(sessionId);
  const run = (ms: number, what: unknown = state) => {
    told.length = 0;
    for (let at = 0; at < ms; at += PATCH_MS) {
      clock.advance(PATCH_MS);
      checks.afterPatch(what, clients);
    }
    return told;
  };
  return { checks, clients, slow, noted, run };
}

test('HS12 each client is checked once in the time, a few of them in one patch', () => {
  const { run } = room(200);
  for (let period = 0; period < 3; period++) {
    // And a turn, for patches that come a little later than a turn is due.
    const told = run(EVERY_MS + 260);
    expect(Map.groupBy(told, ({ id }) => id).size).toBe(200);
    expect(told.length).toBeLessThanOrEqual(220);
    for (const [, together] of Map.groupBy(told, ({ at }) => at)) expect(together.length).toBeLessThanOrEqual(10);
  }
});

test('HS12 who came, returned or was sent the whole state is checked at the next turn; who has gone, no more', () => {
  const { run, checks } = room(4);
  expect(run(1_500).length).toBe(4);
  expect(run(1_000)).toEqual([]);
  checks.add('s2');
  expect(run(1_000).map(({ id }) => id)).toEqual(['s2']);
  checks.remove('s1');
  expect(new Set(run(2 * EVERY_MS).map(({ id }) => id))).toEqual(new Set(['s0', 's2', 's3']));
});

test('HS13 who is too slow, or has not confirmed the seat, is not checked until then, and holds nobody up', () => {
  const { run, slow, clients } = room(3);
  slow.add('s0');
  clients[1]!.state = ClientState.RECONNECTING;
  expect(new Set(run(2 * EVERY_MS).map(({ id }) => id))).toEqual(new Set(['s2']));
  slow.clear();
  clients[1]!.state = ClientState.JOINED;
  expect(run(1_000).map(({ id }) => id)).toEqual(expect.arrayContaining(['s0', 's1']));
});

test('HS6 a room whose state cannot be checked sends no checks, and the log says why, once', () => {
  const Odd = schema({ b: t.uint8().unreliable() }, 'Odd');
  const { run, noted } = room(2);
  expect(run(EVERY_MS, new Odd())).toEqual([]);
  expect(run(EVERY_MS, null)).toEqual([]);
  expect(noted).toEqual([{ field: 'Odd.b' }]);
});
