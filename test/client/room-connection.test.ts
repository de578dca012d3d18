import { closeCodes } from '@gatehouse/schema';
import { describe, expect, test } from 'vitest';
import { ConnectionEnded, GatehouseError } from '../../client/src/errors.ts';
import { resolveKit } from '../../client/src/kit-options.ts';
import { LEAVE_TIMEOUT_MS } from '../../client/src/resumer.ts';
import { RoomConnection } from '../../client/src/room-connection.ts';
import type { ConnectionStatus } from '../../client/src/status.ts';
import { TokenSource } from '../../client/src/token-source.ts';
import { FakeClock, settled } from './support/fake-clock.ts';
import { FakeRoom } from './support/fake-room.ts';
import { join } from './support/join.ts';

describe('joining', () => {
  function make(retryForMs: number, answers: (() => Promise<FakeRoom>)[]) {
    const clock = new FakeClock();
    const statuses: ConnectionStatus[] = [];
    const kit = resolveKit({ clock, random: () => 0.5 });
    const connection = new RoomConnection(kit, new TokenSource('t'));
    connection.on('status', (status) => statuses.push(status));
    const enter = (): Promise<FakeRoom> => (answers.shift() as () => Promise<FakeRoom>)();
    return { clock, statuses, connection, opened: connection.open(enter, retryForMs) };
  }
  const refuse = (error: unknown) => async (): Promise<FakeRoom> => {
    throw error;
  };

  test('CL33 goes through connecting to online', async () => {
    const { statuses, clock } = await join();
    expect(statuses).toEqual([
      { state: 'connecting', attempt: 1 },
      { state: 'online', since: clock.now(), roundTripMs: null },
    ]);
  });

  test('CL33 rejects with the first refusal, and the status is failed', async () => {
    const refusal = GatehouseError.of('ROOM_LOCKED');
    const { opened, connection } = make(0, [refuse(refusal)]);
    await expect(opened).rejects.toBe(refusal);
    expect(connection.status).toEqual({ state: 'failed', error: refusal });
  });

  test('CL33 tries a retryable refusal again when it may, not before the time that it names', async () => {
    const limited = GatehouseError.of('RATE_LIMITED', { data: { retryAfterMs: 3_000 } });
    const { opened, clock, statuses, connection } = make(20_000, [
      refuse(limited),
      refuse(new ConnectionEnded(1006)),
      async () => new FakeRoom(clock),
    ]);
    await settled();
    clock.advance(2_999);
    await settled();
    expect(statuses).toEqual([{ state: 'connecting', attempt: 1 }]);
    clock.advance(5_000);
    await settled();
    clock.advance(5_000);
    await opened;
    expect(statuses.map((status) => ('attempt' in status ? status.attempt : status.state))).toEqual([
      1,
      2,
      3,
      'online',
    ]);
    expect(connection.status.state).toBe('online');
  });

  test('CL33 does not try again what will not change', async () => {
    const { opened } = make(20_000, [refuse(GatehouseError.of('TOKEN_INVALID'))]);
    await expect(opened).rejects.toMatchObject({ name: 'TOKEN_INVALID' });
  });

  test('CL33 says so when its room is asked for too early', () => {
    const connection = new RoomConnection(resolveKit({}), new TokenSource('t'));
    expect(() => connection.room).toThrow(GatehouseError);
    expect(connection.status).toEqual({ state: 'idle' });
  });

  test.each([{ queueLimit: -1 }, { pendingLimit: 0 }, { roundTripEveryMs: Number.NaN }, { reconnect: { baseMs: 0 } }])(
    'CL35 refuses options out of their range: %j',
    (options) => {
      expect(() => resolveKit(options)).toThrow(expect.objectContaining({ name: 'INVALID_PARAMS' }));
    },
  );
});

describe('leaving', () => {
  test('CL28 tells the server, resolves when it has closed, and is idle', async () => {
    const { room, connection, clock, statuses } = await join();
    const call = connection.rpc.call('system.time');
    await Promise.all([connection.leave(), connection.leave()]);
    expect(connection.status).toEqual({ state: 'idle' });
    expect(room.leaves).toEqual([closeCodes.LEFT.code]);
    await expect(call).rejects.toMatchObject({ name: 'CONNECTION_LOST' });
    expect(clock.waiting).toBe(0);
    await Promise.all([connection.leave(), connection.leave()]);
    expect(statuses.map(({ state }) => state)).toEqual(['connecting', 'online', 'idle']);
  });

  test('CL28 does not wait for ever for a server that does not answer', async () => {
    const { room, connection, clock } = await join();
    room.onLeaveMessage = () => {};
    const left = connection.leave();
    clock.advance(LEAVE_TIMEOUT_MS);
    await left;
    expect(connection.status).toEqual({ state: 'idle' });
    expect(room.leaves).toEqual([closeCodes.LEFT.code]);
    expect(room.connection.transport.isOpen).toBe(false);
  });

  test('CL28 does not come back when the socket is lost on the way out', async () => {
    const { room, connection, clock } = await join();
    room.onLeaveMessage = () => room.connection.closes(1006);
    await connection.leave();
    clock.advance(60_000);
    expect([connection.status.state, room.connection.dialed]).toEqual(['idle', []]);
  });

  test.each(['waiting', 'dialing', 'opened'])('CL28 ends a way back that is %s', async (phase) => {
    const { room, connection, clock } = await join();
    room.connection.closes(1006);
    if (phase !== 'waiting') clock.advance(1_000);
    if (phase === 'opened') room.connection.opens();
    await connection.leave();
    const dialed = room.connection.dialed.length;
    clock.advance(60_000);
    room.connection.closes(1006);
    expect(room.connection.dialed).toHaveLength(dialed);
    expect(connection.status).toEqual({ state: 'idle' });
    expect(room.leaves).toEqual([closeCodes.LEFT.code]);
    expect(clock.waiting).toBe(0);
  });

  test('CL28 by the SDK or the server, as LEFT, is the same as by the kit', async () => {
    const { room, connection } = await join();
    room.connection.closes(closeCodes.LEFT.code);
    expect(connection.status).toEqual({ state: 'idle' });
  });

  test('CL28 clears a failure away', async () => {
    const { room, connection } = await join();
    room.connection.closes(closeCodes.KICKED.code);
    expect(connection.status.state).toBe('failed');
    await connection.leave();
    expect(connection.status).toEqual({ state: 'idle' });
  });
});

describe('what the kit does by itself', () => {
  const expiring = { jsonrpc: '2.0', method: 'session.expiring', params: { expiresAt: 1, closesAt: 2 } };

  test('CL29 brings a new token when the session expires, and uses it for the next return', async () => {
    let asked = 0;
    const { room, clock, connection } = await join({}, () => `token${++asked}`);
    room.message('rpc', expiring);
    await settled();
    expect(room.envelopes).toMatchObject([{ method: 'session.refresh', params: { token: 'token2' } }]);
    room.message('rpc', { jsonrpc: '2.0', id: room.envelopes[0]?.id, result: { expiresAt: 9 } });
    await settled();
    room.connection.closes(1006);
    clock.advance(5_000);
    expect(new URL(room.connection.dialed[0] ?? '').searchParams.get('_authToken')).toBe('token2');
    expect(connection.status.state).toBe('reconnecting');
  });

  test.each(['token', 'server'])('CL29 tells of a refresh that fails by the %s, and stays', async (culprit) => {
    let asked = 0;
    const { room, connection, log } = await join({}, () => {
      asked += 1;
      if (asked > 1 && culprit === 'token') throw new Error('sign-in is down');
      return `token${asked}`;
    });
    const trouble: unknown[] = [];
    connection.on('trouble', (event) => trouble.push(event));
    room.message('rpc', expiring);
    await settled();
    if (culprit === 'server') {
      const error = { code: -32011, message: 'other user' };
      room.message('rpc', { jsonrpc: '2.0', id: room.envelopes[0]?.id, error });
      await settled();
    }
    const error =
      culprit === 'token' ? new Error('sign-in is down') : expect.objectContaining({ name: 'USER_MISMATCH' });
    expect(trouble).toEqual([{ during: 'session.refresh', error }]);
    expect(log).toContainEqual(expect.objectContaining({ event: 'session.refreshFailed', level: 'error' }));
    expect(connection.status.state).toBe('online');
  });

  test('CL29 cannot help a fixed token, and leaves a word', async () => {
    const { room, log } = await join({}, 'fixed');
    room.message('rpc', expiring);
    await settled();
    expect(room.envelopes).toEqual([]);
    expect(log).toContainEqual(expect.objectContaining({ event: 'session.expiring', renewable: false }));
  });

  test('CL30 answers client.ping, until the application does', async () => {
    const { room, connection, clock } = await join();
    room.message('rpc', { jsonrpc: '2.0', id: 'a', method: 'client.ping', params: {} });
    await settled();
    connection.rpc.serve('client.ping', () => ({ at: 7 }));
    room.message('rpc', { jsonrpc: '2.0', id: 'b', method: 'client.ping', params: {} });
    await settled();
    expect(room.envelopes).toEqual([
      { jsonrpc: '2.0', id: 'a', result: { at: clock.now() } },
      { jsonrpc: '2.0', id: 'b', result: { at: 7 } },
    ]);
  });

  test('CL37 gives out room messages that nobody else takes', async () => {
    const { room, connection } = await join();
    const messages: unknown[] = [];
    connection.on('message', (message) => messages.push(message));
    room.message('rpc', { jsonrpc: '2.0', method: 'world.said', params: {} });
    room.message('cheer', { volume: 11 });
    room.message('__playground', {});
    expect(messages).toEqual([{ type: 'cheer', payload: { volume: 11 } }]);
  });

  test('CL12 fires overflow when a bound refuses a message', async () => {
    const { room, connection } = await join({ queueLimit: 0 });
    const overflows: unknown[] = [];
    connection.on('overflow', (overflow) => overflows.push(overflow));
    room.connection.closes(1006);
    await expect(connection.rpc.call('system.time')).rejects.toMatchObject({ name: 'QUEUE_FULL' });
    expect(overflows).toEqual([{ bound: 'queue', limit: 0, method: 'system.time' }]);
  });

  test('CL36 never logs a token', async () => {
    const { room, clock, log } = await join({}, () => 'top-secret');
    room.connection.closes(closeCodes.TOKEN_EXPIRED.code);
    clock.advance(1_000);
    await settled();
    room.takesBack('also-secret');
    room.message('rpc', expiring);
    await settled();
    room.connection.closes(closeCodes.KICKED.code);
    await settled();
    expect(log.length).toBeGreaterThan(3);
    expect(JSON.stringify(log)).not.toContain('secret');
  });
});

describe('the round trip', () => {
  test('CL31 is measured at once and then every two seconds, in status and event', async () => {
    const { room, connection, clock, statuses } = await join();
    const measured: number[] = [];
    connection.on('roundTrip', (ms) => measured.push(ms));
    const before = statuses.length;
    room.pong(40);
    expect(connection.status).toMatchObject({ state: 'online', roundTripMs: 40 });
    clock.advance(2_000);
    room.pong(60);
    expect(connection.status).toMatchObject({ roundTripMs: 60 });
    expect(measured).toEqual([40, 60]);
    expect(statuses).toHaveLength(before);
  });

  test('CL31 asks no second time before the first answer: the SDK would measure one against the other', async () => {
    const { room, clock } = await join();
    for (let i = 0; i < 3; i++) {
      clock.advance(2_000);
      room.receives();
    }
    expect(room.pings).toBe(1);
    room.pong(6_000);
    clock.advance(2_000);
    expect(room.pings).toBe(2);
  });

  test('CL31 asks again when somebody else took the answer', async () => {
    const { room, clock, connection } = await join();
    room.ping(() => {});
    room.pong(10);
    for (let i = 0; i < 10; i++) {
      room.receives();
      clock.advance(2_000);
    }
    expect(room.pings).toBe(3);
    expect(connection.status.state).toBe('online');
  });

  test('CL31 keeps no process alive, and stops with the connection', async () => {
    const { room, connection, clock } = await join();
    room.pong(10);
    expect([clock.holding, clock.waiting]).toEqual([0, 1]);
    room.connection.closes(1006);
    expect(clock.holding).toBeGreaterThan(0);
    clock.advance(1_000);
    room.takesBack();
    expect(connection.status).toMatchObject({ roundTripMs: null });
    await connection.leave();
    expect(clock.waiting).toBe(0);
  });

  test('CL31 may be turned off', async () => {
    const { room, clock, connection } = await join({ roundTripEveryMs: 0 });
    clock.advance(600_000);
    expect([room.pings, connection.status.state]).toEqual([0, 'online']);
  });

  test('CL32 gives up a socket on which nothing came for 15 seconds', async () => {
    const { room, connection, clock } = await join();
    clock.advance(15_000);
    expect(connection.status.state).toBe('online');
    clock.advance(1_000);
    expect(connection.status).toMatchObject({
      state: 'reconnecting',
      reason: { name: 'ABNORMAL', reason: 'the server is silent' },
    });
    expect(room.drops).toEqual([4010]);
    clock.advance(1_000);
    room.takesBack();
    expect(connection.status.state).toBe('online');
  });

  test('CL32 keeps a slow one, on which at least something comes', async () => {
    const { room, connection, clock } = await join();
    for (let i = 0; i < 10; i++) {
      clock.advance(10_000);
      room.receives();
    }
    expect(connection.status.state).toBe('online');
  });

  test('CL32 does not take a sleeping machine for a silent server', async () => {
    const { connection, clock, room } = await join();
    clock.jump(8 * 3_600_000);
    clock.advance(2_000);
    expect(connection.status.state).toBe('online');
    room.pong(5);
    clock.advance(14_000);
    expect(connection.status.state).toBe('online');
  });
});
