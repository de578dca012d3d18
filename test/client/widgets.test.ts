import type { LobbyState, UserPresence } from '@gatehouse/schema';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { ConnectionEnded, GatehouseError } from '../../client/src/errors.ts';
import type { RoomConnection } from '../../client/src/room-connection.ts';
import { viewConnection } from '../../client/src/widgets/connection-view.ts';
import type { ConnectionLike } from '../../client/src/widgets/gatehouse-connection.ts';
import type { LobbyLike } from '../../client/src/widgets/gatehouse-online-list.ts';
import {
  type LobbyUserLike,
  lastSeenText,
  MAX_ROWS,
  viewOnlineList,
} from '../../client/src/widgets/online-list-view.ts';

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

describe('the connection widget', () => {
  test('WG1 says Offline without a connection, and before and after one', () => {
    expect(viewConnection(undefined, NOW)).toMatchObject({ word: 'Offline', action: null });
    expect(viewConnection({ state: 'idle' }, NOW)).toMatchObject({ word: 'Offline', tone: 'idle' });
  });

  test('WG1 has a word and a light for each state', () => {
    const reason = new ConnectionEnded(1006);
    const retry = { reason, attempt: 2, nextDelayMs: 3_000, retryAt: NOW + 2_100 };
    expect(viewConnection({ state: 'connecting', attempt: 1 }, NOW)).toMatchObject({
      word: 'Connecting…',
      tone: 'warn',
      detail: '',
    });
    expect(viewConnection({ state: 'connecting', attempt: 2 }, NOW)).toMatchObject({ detail: 'attempt 2' });
    expect(viewConnection({ state: 'online', since: NOW, roundTripMs: null }, NOW)).toMatchObject({
      word: 'Online',
      detail: '',
    });
    expect(viewConnection({ state: 'online', since: NOW, roundTripMs: 41.6 }, NOW)).toMatchObject({
      tone: 'good',
      detail: '42 ms',
    });
    expect(viewConnection({ state: 'reconnecting', ...retry }, NOW)).toEqual({
      tone: 'warn',
      word: 'Reconnecting',
      detail: 'attempt 2, in 3 s',
      sentence: 'The connection was lost.',
      action: 'reconnect',
    });
    expect(viewConnection({ state: 'failed', error: new ConnectionEnded(4401) }, NOW)).toMatchObject({
      tone: 'bad',
      word: 'Failed',
      sentence: 'You were removed.',
      action: 'rejoin',
    });
    const refused = GatehouseError.of('ROOM_LOCKED');
    expect(viewConnection({ state: 'failed', error: refused }, NOW).sentence).toBe(refused.sentence);
  });

  test('WG2 counts down to the attempt, and never below now', () => {
    fc.assert(
      fc.property(fc.integer({ min: -60_000, max: 60_000 }), (ms) => {
        const reason = new ConnectionEnded(1006);
        const status = { state: 'reconnecting', reason, attempt: 1, nextDelayMs: 1, retryAt: NOW + ms } as const;
        const seconds = Math.ceil(ms / 1_000);
        expect(viewConnection(status, NOW).detail).toBe(`attempt 1, ${ms <= 0 ? 'now' : `in ${seconds} s`}`);
      }),
    );
  });

  test('WG2 speaks no seconds: what a screen reader hears stays the same while they pass', () => {
    const reason = new ConnectionEnded(1006);
    const status = { state: 'reconnecting', reason, attempt: 1, nextDelayMs: 1, retryAt: NOW + 9_000 } as const;
    const [before, after] = [viewConnection(status, NOW), viewConnection(status, NOW + 5_000)];
    expect([before.word, before.sentence]).toEqual([after.word, after.sentence]);
    expect(before.detail).not.toBe(after.detail);
  });

  test('WG1 takes a RoomConnection as it is', () => {
    expectTypeOf<RoomConnection>().toExtend<ConnectionLike>();
    expectTypeOf<RoomConnection<LobbyState>>().toExtend<LobbyLike>();
  });
});

const user = (name: string, status: string, extra: Partial<LobbyUserLike> = {}): LobbyUserLike => ({
  name,
  status,
  lastSeen: NOW,
  where: '',
  ...extra,
});

describe('the online list', () => {
  test('WG3 shows who is online first, then by name as people sort names', () => {
    const users = new Map([
      ['1', user('zoe', 'offline')],
      ['2', user('Bob', 'away')],
      ['3', user('player 10', 'online')],
      ['4', user('adam', 'offline')],
      ['5', user('player 9', 'busy')],
      ['6', user('alice', 'online')],
    ]);
    const { rows } = viewOnlineList(users, [], NOW);
    expect(rows.map(({ name }) => name)).toEqual(['alice', 'Bob', 'player 9', 'player 10', 'adam', 'zoe']);
  });

  test('WG3 gives each row a word, where they are, or when they were last seen', () => {
    const users = new Map([
      ['a', user('A', 'online', { where: 'lobby,world' })],
      ['b', user('B', 'offline', { lastSeen: NOW - 2 * MINUTE, where: 'ghost' })],
      ['c', user('', 'dancing')],
      ['d', user('D', 'offline', { lastSeen: 0 })],
    ]);
    const { rows } = viewOnlineList(users, [], NOW);
    expect(rows.map(({ name, word, detail }) => [name, word, detail])).toEqual([
      ['A', 'Online', 'lobby, world'],
      ['c', 'dancing', ''],
      ['B', 'Offline', '2 min ago'],
      ['D', 'Offline', ''],
    ]);
  });

  test('WG4 shows 200 rows at most, and counts the rest', () => {
    const users = new Map(Array.from({ length: 250 }, (_, i) => [`u${i}`, user(`name ${i}`, 'online')]));
    const view = viewOnlineList(users, [], NOW);
    expect([view.rows.length, view.more]).toEqual([MAX_ROWS, 50]);
    expect(viewOnlineList(undefined, [], NOW)).toEqual({ rows: [], more: 0 });
  });

  test('WG5 lets the live state win over the answer of presence.list', () => {
    const listed: UserPresence[] = [
      { userId: 'a', name: 'A', status: 'online', lastSeen: NOW, where: ['world'] },
      { userId: 'b', name: 'B', status: 'away', lastSeen: NOW, where: ['lobby', 'world'] },
    ];
    const { rows } = viewOnlineList(new Map([['a', user('A', 'offline', { lastSeen: NOW - MINUTE })]]), listed, NOW);
    expect(rows.map(({ userId, word, detail }) => [userId, word, detail])).toEqual([
      ['b', 'Away', 'lobby, world'],
      ['a', 'Offline', '1 min ago'],
    ]);
  });

  test('WG3 is the same whatever the order in which users came', () => {
    const status = fc.constantFrom('online', 'away', 'busy', 'offline', '__proto__');
    const person = fc.tuple(
      fc.string(),
      fc.record({ name: fc.string(), status, lastSeen: fc.nat(), where: fc.string() }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(person, { selector: ([id]) => id, maxLength: 30 }), (people) => {
        const one = viewOnlineList(new Map(people), [], NOW).rows;
        const other = viewOnlineList(new Map([...people].reverse()), [], NOW).rows;
        const firstOffline = one.findIndex(({ word }) => word === 'Offline');
        expect(one.map(({ name }) => name)).toEqual(other.map(({ name }) => name));
        if (firstOffline >= 0) expect(one.slice(firstOffline).every(({ word }) => word === 'Offline')).toBe(true);
      }),
    );
  });

  test.each([
    [-5_000, 'just now'],
    [59_999, 'just now'],
    [MINUTE, '1 min ago'],
    [59 * MINUTE, '59 min ago'],
    [60 * MINUTE, '1 h ago'],
    [24 * 60 * MINUTE, '1 day ago'],
    [72 * 60 * MINUTE, '3 days ago'],
  ])('WG6 says of %i ms ago: %s', (ms, text) => {
    expect(lastSeenText(ms)).toBe(text);
  });
});
