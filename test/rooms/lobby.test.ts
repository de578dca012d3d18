import { expect, test } from 'vitest';
import { LobbyRoom } from '../../rooms/LobbyRoom.ts';
import type { UserPresence } from '../../schema/index.ts';
import { readConfig } from '../../src/config.ts';
import type { Listing } from '../../src/index.ts';
import { usePlatform } from '../../src/room/Platform.ts';
import { FakeClock } from '../support/FakeClock.ts';

const user = (userId: string, status: UserPresence['status']): UserPresence => ({
  userId,
  name: userId,
  status,
  lastSeen: 0,
  where: [],
});
const room = (roomId: string, clients: number): Listing => ({ roomId, name: 'world', clients, maxClients: 9 });

/** A lobby whose lists are answered by hand: with nothing, that the directory is away. */
async function bench() {
  const asked: Array<(users?: UserPresence[]) => void> = [];
  const listed: Listing[] = [];
  const say = { user: (_: UserPresence) => {}, room: (_: string, __: Listing | null) => {}, gap: () => {} };
  usePlatform({
    clock: new FakeClock(),
    config: readConfig({}),
    presence: {
      watch: async (listener: typeof say.user) => Object.assign(say, { user: listener }),
      onGap: (listener: typeof say.gap) => Object.assign(say, { gap: listener }),
      list: () =>
        new Promise((resolve, reject) =>
          asked.push((users) => (users === undefined ? reject(new Error('away')) : resolve({ users, next: null }))),
        ),
    },
    listings: {
      watch: async (listener: typeof say.room) => Object.assign(say, { room: listener }),
      all: async () => [...listed],
    },
  } as never);
  const lobby = new LobbyRoom();
  const rest = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  // What the author wrote, without what the platform does around it.
  const created = LobbyRoom.prototype.onCreate.call(lobby);
  await rest();
  asked.shift()!([]);
  await created;
  return { lobby, say, asked, listed, rest };
}

test('LB4 who is told of while the lobby reads the lists is shown as told', async () => {
  const { lobby, say, asked, rest } = await bench();
  say.user(user('ada', 'online'));
  say.user(user('ben', 'online'));
  say.gap();
  await rest();
  // The list is as of a moment when the directory had lost everybody.
  say.user(user('ada', 'online'));
  say.user(user('cleo', 'online'));
  asked.shift()!([user('cleo', 'offline')]);
  await rest();
  const shown = [...lobby.state.users].map(([userId, { status }]) => [userId, status]);
  expect(shown).toEqual([
    ['ada', 'online'],
    ['ben', 'offline'],
    ['cleo', 'online'],
  ]);
});

test('LB4 a room that is told of while the lobby reads the lists is shown as told', async () => {
  const { lobby, say, asked, listed, rest } = await bench();
  listed.push(room('gone', 1), room('changed', 1), room('new', 3));
  say.room('lost', room('lost', 1));
  say.gap();
  say.room('gone', null);
  say.room('changed', room('changed', 2));
  say.room('late', room('late', 4));
  await rest();
  asked.shift()!([]);
  await rest();
  const shown = [...lobby.state.rooms].map(([roomId, { clients }]) => [roomId, clients]);
  expect(Object.fromEntries(shown)).toEqual({ changed: 2, new: 3, late: 4 });
});

test('LB4 of two gaps at once the second is read after the first', async () => {
  const { lobby, say, asked, rest } = await bench();
  say.gap();
  say.gap();
  await rest();
  expect(asked).toHaveLength(1);
  asked.shift()!([user('ada', 'online')]);
  await rest();
  asked.shift()!([user('ada', 'away')]);
  await rest();
  expect(asked).toHaveLength(0);
  expect(lobby.state.users.get('ada')?.status).toBe('away');
});

test('LB4 a gap that comes while a reading fails is read all the same', async () => {
  const { lobby, say, asked, rest } = await bench();
  say.gap();
  await rest();
  say.gap();
  asked.shift()!();
  await rest();
  asked.shift()!([user('ada', 'online')]);
  await rest();
  expect(lobby.state.users.get('ada')?.status).toBe('online');
});

test('LB4 a room that is told of while the lobby is full of such as are gone is shown', async () => {
  const { lobby, say, asked, rest } = await bench();
  for (let i = 0; i < 200; i++) say.room(`gone-${i}`, room(`gone-${i}`, 1));
  say.gap();
  say.room('new', room('new', 1));
  await rest();
  asked.shift()!([]);
  await rest();
  expect([...lobby.state.rooms.keys()]).toEqual(['new']);
});

test('LB4 a user who is told of while the lobby is full of others is shown when they are offline', async () => {
  const { lobby, say, asked, rest } = await bench();
  for (let i = 0; i < 1_000; i++) say.user(user(`u${i}`, 'online'));
  say.gap();
  await rest();
  say.user(user('new', 'online'));
  asked.shift()!([]);
  await rest();
  expect(lobby.state.users.get('new')?.status).toBe('online');
});
