/**
 * The kit against the real SDK and a real (plain) Colyseus server, so that what
 * the fake room pretends is proved here. Real sockets on port 0; the tests wait
 * for events.
 */
import { LobbyState } from '@gatehouse/schema';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type ConnectionState,
  GatehouseClient,
  type GatehouseClientOptions,
  type RoomConnection,
} from '../../client/src/index.ts';
import { startServer, TalkRoom, type TestServer } from './support/colyseus.ts';

let server: TestServer;
const left: (() => Promise<void>)[] = [];

beforeAll(async () => {
  for (const method of ['info', 'warn'] as const) vi.spyOn(console, method).mockImplementation(() => {});
  server = await startServer();
});
afterAll(() => server.close());
afterEach(async () => {
  server.road.mend();
  for (const leave of left.splice(0)) await leave();
});

async function joinTalk(options: Partial<GatehouseClientOptions> = {}) {
  const client = new GatehouseClient({
    url: server.url,
    token: 'mine',
    reconnect: { baseMs: 20, capMs: 50 },
    ...options,
  });
  const connection = await client.create('talk', {}, { stateClass: LobbyState });
  left.push(() => connection.leave());
  return { client, connection, room: TalkRoom.latest as TalkRoom };
}

/** Resolves the next time that the connection comes to this state. */
function comesTo(connection: RoomConnection, state: ConnectionState): Promise<void> {
  return new Promise((resolve) => {
    const off = connection.on('status', (status) => {
      if (status.state !== state) return;
      off();
      resolve();
    });
  });
}

/** The state comes after the join: waits until we are in it. */
function firstState(connection: RoomConnection<LobbyState>): Promise<void> {
  return vi.waitUntil(() => connection.state.users.has(connection.sessionId)).then(() => {});
}

describe('with a real server', () => {
  test('CL38 joins, calls and leaves', async () => {
    const { connection } = await joinTalk();
    expect(await connection.rpc.call('system.ping', { echo: 'hi' })).toEqual({ at: 1, echo: 'hi' });
    await firstState(connection);
    expect(connection.state.users.get(connection.sessionId)?.name).toBe('me');
    await connection.leave();
    expect(connection.status).toEqual({ state: 'idle' });
  });

  test('CL38 keeps Room, state and callbacks when the socket dies', async () => {
    const { connection, room } = await joinTalk();
    await firstState(connection);
    const { state } = connection;
    const me = state.users.get(connection.sessionId);
    const back = comesTo(connection, 'online');
    (room.client as unknown as { ref: { terminate(): void } }).ref.terminate();
    await comesTo(connection, 'reconnecting');
    const calls = ['a', 'b', 'c'].map((echo) => connection.rpc.call('system.ping', { echo }));
    await back;
    expect((await Promise.all(calls)).map(({ echo }) => echo)).toEqual(['a', 'b', 'c']);
    expect(room.heard).toEqual(['system.ping:a', 'system.ping:b', 'system.ping:c']);
    expect(connection.state).toBe(state);
    room.state.users.get(connection.sessionId)?.assign({ status: 'busy' });
    await vi.waitUntil(() => me?.status === 'busy');
  });

  test('CL38 comes back when the network does, again and again', async () => {
    const { connection, room } = await joinTalk();
    const never: string[] = [];
    for (let round = 0; round < 3; round++) {
      // Colyseus keeps no seat for a client that is lost before it has acknowledged its join: wait until it has.
      await connection.rpc.call('system.ping', { echo: `round ${round}` });
      connection.rpc.call('system.ping', { echo: 'never' }).catch(({ name }) => never.push(name));
      const dropped = comesTo(connection, 'reconnecting');
      server.road.cut();
      await dropped;
      await vi.waitUntil(() => connection.status.state === 'reconnecting' && connection.status.attempt >= 3);
      server.road.mend();
      await comesTo(connection, 'online');
    }
    expect(await connection.rpc.call('system.ping', { echo: 'still here' })).toMatchObject({ echo: 'still here' });
    // What has no answer came again on the last return, before what was asked after it.
    expect(room.heard.slice(-4)).toEqual([...Array(3).fill('system.ping:never'), 'system.ping:still here']);
    await connection.leave();
    await vi.waitUntil(() => never.length === 3);
    expect(never).toEqual(['CONNECTION_LOST', 'CONNECTION_LOST', 'CONNECTION_LOST']);
  });

  test('CL32 notices a network that went silent without a word', async () => {
    const { connection } = await joinTalk({ roundTripEveryMs: 20, silenceMs: 100 });
    await new Promise((resolve) => connection.on('roundTrip', resolve));
    const dropped = comesTo(connection, 'reconnecting');
    server.road.silence();
    await dropped;
    server.road.cut();
    server.road.mend();
    await comesTo(connection, 'online');
  });

  test.each([4010, 4050])('CL20 comes back after the close code %i', async (code) => {
    const { connection, room } = await joinTalk();
    const back = comesTo(connection, 'reconnecting').then(() => comesTo(connection, 'online'));
    room.client.leave(code);
    await back;
    expect(await connection.rpc.call('system.ping', { echo: 'x' })).toMatchObject({ echo: 'x' });
  });

  test('CL22 comes back with another token after TOKEN_EXPIRED', async () => {
    let asked = 0;
    const { connection, room } = await joinTalk({ token: () => `mine-${++asked}` });
    const back = comesTo(connection, 'reconnecting').then(() => comesTo(connection, 'online'));
    room.client.leave(4101);
    await back;
    const tokens = server.addresses.slice(-2).map((url) => new URL(url, 'ws://x').searchParams.get('_authToken'));
    expect(tokens).toEqual(['mine-1', 'mine-2']);
  });

  test.each([4401, 4301, 4001])('CL21 fails after the close code %i', async (code) => {
    const { connection, room } = await joinTalk();
    const failed = comesTo(connection, 'failed');
    const leaves: number[] = [];
    connection.room.onLeave((leaveCode) => {
      leaves.push(leaveCode);
    });
    room.client.leave(code);
    await failed;
    expect(connection.status).toMatchObject({ state: 'failed', error: { code } });
    expect(leaves).toEqual([code]);
  });

  test('CL24 fails when the server has given the seat away', async () => {
    const { connection, room } = await joinTalk();
    const failed = comesTo(connection, 'failed');
    room.onDrop = async () => {};
    (room.client as unknown as { ref: { terminate(): void } }).ref.terminate();
    await failed;
    expect(connection.status).toMatchObject({ state: 'failed', error: { next: 'rejoin' } });
  });

  test('CL26 loses no room message that is sent between the open socket and the seat', async () => {
    const { connection, room } = await joinTalk();
    room.beforeReturn = async () => {
      // Here the client's socket is open, and its seat is not taken.
      connection.room.send('note', 'sent on the doorstep');
      await new Promise((resolve) => setImmediate(resolve));
    };
    const back = comesTo(connection, 'reconnecting').then(() => comesTo(connection, 'online'));
    room.client.leave(4010);
    await back;
    await vi.waitUntil(() => room.heard.length > 0);
    expect(room.heard).toEqual(['note:sent on the doorstep']);
  });

  test('CL15 rejects a refused join by the catalogue', async () => {
    await expect(joinTalk({ token: 'bad' })).rejects.toMatchObject({ name: 'TOKEN_INVALID', retryable: false });
  });

  test('CL15 rejects with UNAVAILABLE when there is no server, and waits for one if told to', async () => {
    server.road.cut();
    const client = new GatehouseClient({ url: server.url, token: 'mine', reconnect: { baseMs: 20, capMs: 50 } });
    await expect(client.join('talk')).rejects.toMatchObject({ name: 'UNAVAILABLE', retryable: true });
    const attempts: number[] = [];
    const connection = await client.join(
      'talk',
      {},
      {
        retryForMs: 30_000,
        onStatus: (status) => {
          if (status.state !== 'connecting') return;
          attempts.push(status.attempt);
          if (status.attempt === 3) server.road.mend();
        },
      },
    );
    expect(attempts.slice(0, 3)).toEqual([1, 2, 3]);
    await connection.leave();
  });

  test('CL33 rejects with TIMEOUT when the server does not answer in time', async () => {
    server.road.silence();
    await expect(joinTalk({ joinTimeoutMs: 100 })).rejects.toMatchObject({ name: 'TIMEOUT' });
    server.road.cut();
  });

  test('CL38 joins by id', async () => {
    const { client, connection } = await joinTalk();
    const second = await client.joinById(connection.roomId);
    expect(second.roomId).toBe(connection.roomId);
    expect(second.sessionId).not.toBe(connection.sessionId);
    await second.leave();
  });
});
