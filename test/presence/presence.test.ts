import { expect, test } from 'vitest';
import type { UserPresence } from '../../schema/index.ts';
import { memoryDirectory } from '../../src/adapters/memory/directory.ts';
import { memoryEventBus } from '../../src/adapters/memory/event-bus.ts';
import { fail } from '../../src/fail.ts';
import { Counters } from '../../src/ops/Counters.ts';
import type { Directory } from '../../src/ports/directory.ts';
import { Presence } from '../../src/presence/Presence.ts';
import type { Session } from '../../src/room/Session.ts';
import { FakeClock } from '../support/FakeClock.ts';

const GRACE = 500;

/** What presence reads of a session. */
function sessionOf(userId: string) {
  return { id: `s-${userId}`, userId, identity: { name: userId }, roomName: 'world', nodeId: 'n1', connected: true };
}

/** A presence whose directory can be cut off. */
async function bench() {
  const clock = new FakeClock();
  const real = memoryDirectory();
  const counters = new Counters();
  let isAway = false;
  const directory: Directory = { ...real };
  for (const name of ['add', 'remove'] as const) {
    const call = real[name] as (...args: never[]) => Promise<never>;
    (directory as unknown as Record<string, unknown>)[name] = async (...args: never[]) => {
      if (isAway) throw fail('UNAVAILABLE');
      return call(...args);
    };
  }
  const presence = new Presence({ directory, bus: memoryEventBus(), clock, counters, graceMs: GRACE });
  const seen: UserPresence[] = [];
  await presence.watch((user) => seen.push(user));
  return {
    clock,
    presence,
    counters,
    real,
    seen,
    cut: (away: boolean) => {
      isAway = away;
    },
    connected: (session: object) => presence.connected(session as Session),
    disconnected: (session: object) => presence.disconnected(session as Session),
    /** Time passes, and what it started is done. */
    async pass(ms: number) {
      clock.advance(ms);
      for (let i = 0; i < 20; i++) await Promise.resolve();
    },
  };
}

test('PR5 who leaves while the directory is away is offline when it is back, as of when they left', async () => {
  const { clock, presence, real, pass, cut, connected, disconnected, seen } = await bench();
  const ada = sessionOf('ada');
  expect(await connected(ada)).toBe('online');
  cut(true);
  ada.connected = false;
  const leftAt = clock.now();
  await disconnected(ada);
  await pass(5_000);
  expect(await presence.get('ada')).toMatchObject({ status: 'online' });
  cut(false);
  await pass(1_000);
  expect(await real.get('ada')).toMatchObject({ lastSeen: leftAt, where: [] });
  expect(seen.at(-1)).toMatchObject({ userId: 'ada', status: 'offline', where: [] });
  expect(await presence.close()).toBe(true);
});

test('PR5 who comes back while it is away is online when it is back, and it is asked once a second at most', async () => {
  const { clock, presence, counters, pass, cut, connected, disconnected } = await bench();
  const [ada, bob] = [sessionOf('ada'), sessionOf('bob')];
  await connected(ada);
  await connected(bob);
  ada.connected = false;
  await disconnected(ada);
  cut(true);
  ada.connected = true;
  expect(await connected(ada)).toBeUndefined();
  bob.connected = false;
  await disconnected(bob);
  for (let second = 0; second < 10; second++) await pass(1_000);
  // Two of their own, and one a second that finds it still away.
  expect(counters.all()).toMatchObject({ presence_owed: 12 });
  expect(await presence.close()).toBe(false);
  cut(false);
  expect(await presence.close()).toBe(true);
  expect(await presence.get('ada')).toMatchObject({ status: 'online', where: ['world'] });
  expect(await presence.get('bob')).toMatchObject({ status: 'offline', where: [] });
  expect(clock.pending).toBeLessThanOrEqual(2);
});
