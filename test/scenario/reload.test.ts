/** The client kit over a reload of its page: two clients with one storage, one after the other, at a real server. */
import { expect, onTestFinished, test } from 'vitest';
import {
  GatehouseClient,
  type GatehouseClientOptions,
  type LogEntry,
  type Recovered,
  type RoomConnection,
  WorldState,
} from '../../client/src/index.ts';
import { connectionOf } from '../../src/room/session-state.ts';
import { FakeStorage } from '../client/support/fake-storage.ts';
import { startGatehouse } from '../support/gatehouse.ts';

const server = await startGatehouse({
  HEARTBEAT: '0.2',
  RECONNECT_WINDOW: '3',
  JOINS_PER_USER: '1000',
  JOINS_PER_ADDRESS: '10000',
});
const { sessions, counters } = server.platform;

interface Page {
  readonly client: GatehouseClient;
  readonly world: RoomConnection<WorldState>;
  /** What was said, and the news of recoveries, in their order. */
  readonly heard: Array<string | Recovered>;
  readonly log: LogEntry[];
}

/** Comes back so late, when its socket is lost, that another page is first. */
const LATE = { random: () => 0.999, reconnect: { baseMs: 60_000, capMs: 60_000 } };

async function load(
  userId: string,
  storage: FakeStorage | null,
  options: Partial<GatehouseClientOptions> = {},
  retryForMs = 0,
): Promise<Page> {
  const log: LogEntry[] = [];
  const client = new GatehouseClient({
    url: server.url,
    token: () => server.token(userId),
    storage,
    log: (entry) => log.push(entry),
    ...options,
  });
  const heard: Page['heard'] = [];
  const world = await client.join(
    'world',
    {},
    {
      stateClass: WorldState,
      retryForMs,
      prepare: (connection) => {
        connection.rpc.serve('world.said', ({ text }) => heard.push(text));
        connection.on('recovered', (recovered) => heard.push(recovered));
      },
    },
  );
  onTestFinished(() => world.leave());
  await expect.poll(() => world.state?.players?.get(world.sessionId)).toBeDefined();
  return { client, world, heard, log };
}

/** The page goes: it has written what it must, and its socket is lost. */
async function unload({ client, world }: Page): Promise<void> {
  client.keepSessions();
  const session = sessions.get(world.sessionId)!;
  connectionOf(session.state)!.socket.terminate();
  await expect.poll(() => session.state.name).toBe('dropped');
}

const say = (page: Page, text: string) => page.world.rpc.call('world.say', { text });

test('KS1 a page that was loaded anew joins into the session that it had: what was missed comes once, in order, and `recovered` says so', async () => {
  const storage = new FakeStorage();
  const ada = await load('ada', storage, LATE);
  const bob = await load('bob', null);
  await say(bob, 'before');
  await expect.poll(() => ada.heard).toEqual(['before']);
  await unload(ada);
  await say(bob, 'one');
  await say(bob, 'two');
  const again = await load('ada', storage);
  expect(again.world.sessionId).toBe(ada.world.sessionId);
  await expect.poll(() => again.heard).toEqual([{ whole: true, replayed: 2 }, 'one', 'two']);
  await say(bob, 'after');
  await expect.poll(() => again.heard.at(-1)).toBe('after');
  expect(again.heard).toHaveLength(4);
  expect(await again.world.rpc.call('session.get')).toMatchObject({ id: ada.world.sessionId, state: 'online' });
  expect([...again.world.state.players.values()].filter(({ userId }) => userId === 'ada')).toHaveLength(1);

  // Once more, and again right after.
  again.client.keepSessions();
  const third = await load('ada', storage);
  third.client.keepSessions();
  const fourth = await load('ada', storage);
  expect(fourth.world.sessionId).toBe(ada.world.sessionId);
  await expect.poll(() => again.world.status).toMatchObject({ state: 'failed', error: { name: 'TAKEN_OVER' } });
  expect(fourth.heard.filter((one) => typeof one === 'string')).toEqual([]);
});

test('KS1 a page that was loaded anew joins into the session that it had: by its room as well, but not with `create`', async () => {
  const storage = new FakeStorage();
  const first = await load('eva', storage);
  const { roomId, sessionId } = first.world;
  first.client.keepSessions();
  const created = await first.client.create('world');
  onTestFinished(() => created.leave());
  expect(created.sessionId).not.toBe(sessionId);
  const elsewhere = await first.client.joinById(created.roomId);
  expect(elsewhere.sessionId).not.toBe(sessionId);
  await elsewhere.leave();
  const again = await first.client.joinById(roomId);
  onTestFinished(() => again.leave());
  expect(again.sessionId).toBe(sessionId);
});

test('KS2 a session that a page holds is not in the storage: a tab that is duplicated has a session of its own, and nobody loses theirs', async () => {
  const storage = new FakeStorage();
  const first = await load('fay', storage);
  first.client.keepSessions();
  const original = await load('fay', storage);
  const duplicate = await load('fay', storage.copy());
  expect(original.world.sessionId).toBe(first.world.sessionId);
  expect(duplicate.world.sessionId).not.toBe(original.world.sessionId);
  await duplicate.world.rpc.call('system.ping', {});
  await original.world.rpc.call('system.ping', {});
  expect([original.world.status.state, duplicate.world.status.state]).toEqual(['online', 'online']);
});

test('KS3 a session that cannot be had any more is forgotten, and the room joined anew: its window has closed', async () => {
  const storage = new FakeStorage();
  const first = await load('gus', storage, LATE);
  await unload(first);
  await expect.poll(() => sessions.get(first.world.sessionId), { timeout: 6_000 }).toBeUndefined();
  const again = await load('gus', storage);
  expect(again.world.sessionId).not.toBe(first.world.sessionId);
  expect(storage.size).toBe(0);
  expect(again.heard).toEqual([]);
});

test('KS3 a session that cannot be had any more is forgotten, and the room joined anew: the page is of another user now', async () => {
  const storage = new FakeStorage();
  const first = await load('hal', storage);
  first.client.keepSessions();
  const other = await load('ida', storage);
  expect(other.world.sessionId).not.toBe(first.world.sessionId);
  expect(sessions.get(other.world.sessionId)?.userId).toBe('ida');
  expect(first.world.status.state).toBe('online');
  expect(storage.size).toBe(0);
});

test('KS4 a session that may yet be had is kept: until the next token, and while the server takes nobody', async () => {
  const storage = new FakeStorage();
  const first = await load('jan', storage, LATE);
  await unload(first);
  const stale = new GatehouseClient({ url: server.url, token: server.token('jan', { ttlSeconds: -60 }), storage });
  await expect(stale.join('world')).rejects.toMatchObject({ name: 'TOKEN_EXPIRED' });
  expect(storage.size).toBe(1);

  const refused = counters.get('sessions_refused', 'UNAVAILABLE');
  const { get } = server.ports.sessions;
  let asked = 0;
  server.ports.sessions.get = async (id) => {
    asked += 1;
    if (asked <= 2) throw Object.assign(new Error('away'), { code: -32030 });
    return get(id);
  };
  onTestFinished(() => {
    server.ports.sessions.get = get;
  });
  const again = await load('jan', storage, { reconnect: { baseMs: 20 } }, 2_000);
  expect(again.world.sessionId).toBe(first.world.sessionId);
  expect(counters.get('sessions_refused', 'UNAVAILABLE')).toBe(refused + 2);
});

test('KS5 who has left is not kept', async () => {
  const storage = new FakeStorage();
  const { client, world } = await load('kim', storage);
  await world.leave();
  client.keepSessions();
  expect(storage.size).toBe(0);
});

test('KS8 on each return the kit names the last numbered notification that it has heard', async () => {
  const ada = await load('lea', null, { reconnect: { baseMs: 20 } });
  const bob = await load('max', null);
  for (const text of ['one', 'two']) {
    await say(bob, text);
    await expect.poll(() => ada.heard.at(-1)).toBe(text);
    // The server has no proof of it from a heartbeat: only the kit can tell.
    sessions.get(ada.world.sessionId)!.acknowledged = 0;
    connectionOf(sessions.get(ada.world.sessionId)!.state)!.socket.terminate();
    await expect.poll(() => ada.heard.at(-1)).toEqual({ whole: true, replayed: 0 });
  }
});

test('KS9 the kit logs no token of a session', async () => {
  const storage = new FakeStorage();
  const first = await load('ned', storage);
  first.client.keepSessions();
  const again = await load('ned', storage);
  const log = JSON.stringify([...first.log, ...again.log]);
  expect(log).toContain('session.recovered');
  expect(log).not.toContain(first.world.room.reconnectionToken.split(':')[1]);
});
