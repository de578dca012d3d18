import { closeCodes, keepsSession, nextStep } from '@gatehouse/schema';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIAL_TIMEOUT_MS, SEAT_TIMEOUT_MS } from '../../client/src/resumer.ts';
import { settled } from './support/fake-clock.ts';
import { join } from './support/join.ts';

const codes = Object.values(closeCodes).map(({ code }) => code);
const returning = [...codes.filter(keepsSession), 1012, 4050, 4150, 4250];
const ending = [...codes.filter((code) => !keepsSession(code) && code !== closeCodes.LEFT.code), 4350, 4450, 1008];
const renewable = (): string => 'second';

describe('a close that keeps the session', () => {
  test.each(returning)('CL20 %i makes the same Room come back on a new socket', async (code) => {
    const { room, connection, clock, statuses } = await join({}, renewable);
    room.connection.closes(code, 'why');
    expect(connection.status).toMatchObject({ state: 'reconnecting', reason: { code, reason: 'why' }, attempt: 1 });
    expect(room.drops).toEqual([4010]);
    clock.advance(10_000);
    await settled();
    expect(room.connection.dialed).toHaveLength(1);
    const query = new URL(room.connection.dialed[0] ?? '').searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      reconnectionToken: 'token1',
      skipHandshake: 'true',
      sessionId: 's1',
    });
    room.takesBack();
    expect(connection.status).toEqual({ state: 'online', since: clock.now(), roundTripMs: null });
    expect(statuses.map(({ state }) => state)).toEqual(['connecting', 'online', 'reconnecting', 'online']);
    expect(connection.room).toBe(room);
    expect(room.leaves).toEqual([]);
  });

  test('CL20 comes back a second time with the token that the first return brought', async () => {
    const { room, clock } = await join();
    for (const token of ['token2', 'token3']) {
      room.connection.closes(1006);
      clock.advance(5_000);
      room.takesBack(token);
    }
    const tokens = room.connection.dialed.map((url) => new URL(url).searchParams.get('reconnectionToken'));
    expect(tokens).toEqual(['token1', 'token2']);
    expect(room.inputResets).toBe(2);
  });

  test('CL3 waits five seconds and more after a code whose next step is later', async () => {
    const { room, connection, clock } = await join();
    room.connection.closes(closeCodes.FLOODING.code);
    expect(connection.status).toMatchObject({ nextDelayMs: 5_125, retryAt: clock.now() + 5_125 });
    clock.advance(5_124);
    expect(room.connection.dialed).toHaveLength(0);
    clock.advance(1);
    expect(room.connection.dialed).toHaveLength(1);
  });

  test('CL1 grows the pause with each failed attempt, and keeps the reason of the loss', async () => {
    const { room, clock, statuses } = await join();
    room.connection.closes(4010, 'moving');
    for (let attempt = 0; attempt < 4; attempt++) {
      clock.advance(2_000);
      room.connection.closes(1006);
    }
    // The SDK hears of one lost socket: those that never opened are none of its business.
    expect(room.drops).toEqual([4010]);
    const retries = statuses.filter((status) => status.state === 'reconnecting');
    expect(retries.map(({ attempt, nextDelayMs }) => [attempt, nextDelayMs])).toEqual([
      [1, 125],
      [2, 250],
      [3, 500],
      [4, 1_000],
      [5, 2_000],
    ]);
    expect(retries.every(({ reason }) => reason.code === 4010)).toBe(true);
  });

  test('CL24 fails as SEAT_GONE when the window is over, and says what began it', async () => {
    const { room, connection, clock } = await join({ reconnect: { windowMs: 3_000 } });
    room.connection.closes(4010);
    while (connection.status.state === 'reconnecting') {
      clock.advance(500);
      room.connection.closes(1006);
    }
    expect(connection.status).toMatchObject({
      state: 'failed',
      error: { name: 'SEAT_GONE', next: 'rejoin', cause: { name: 'RECONNECT' } },
    });
    expect(room.leaves).toEqual([4003]);
    await expect(connection.rpc.call('system.time')).rejects.toMatchObject({ name: 'CONNECTION_LOST' });
    clock.advance(60_000);
    expect(clock.waiting).toBe(0);
  });

  test('CL24 fails at once when the server says that the seat is gone', async () => {
    const { room, connection, clock } = await join();
    room.connection.closes(1006);
    clock.advance(1_000);
    room.connection.opens();
    room.connection.closes(4003, 'no such session');
    expect(connection.status).toMatchObject({
      state: 'failed',
      error: { name: 'SEAT_GONE', reason: 'no such session' },
    });
    expect(room.leaves).toEqual([4003]);
  });
});

describe('a close that ends the session', () => {
  test.each(ending)('CL21 %i reaches onLeave as it is, and the status is failed', async (code) => {
    const { room, connection, clock } = await join({}, renewable);
    room.connection.closes(code, 'why');
    expect(connection.status).toMatchObject({ state: 'failed', error: { code, next: nextStep(code), reason: 'why' } });
    expect([room.leaves, room.drops]).toEqual([[code], []]);
    clock.advance(60_000);
    expect(room.connection.dialed).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  test('CL21 settles what was asked and what waits', async () => {
    const { room, connection } = await join();
    const call = connection.rpc.call('system.time');
    room.connection.closes(closeCodes.KICKED.code);
    await expect(call).rejects.toMatchObject({ name: 'CONNECTION_LOST' });
  });
});

describe('a close that wants another token', () => {
  test('CL22 brings one, and only then dials, with it in the address', async () => {
    let give: (token: string) => void = () => {};
    let asked = 0;
    const token = (): string | Promise<string> => {
      asked += 1;
      return asked === 1 ? 'first' : new Promise((resolve) => (give = resolve));
    };
    const { room, clock, connection } = await join({}, token);
    room.connection.closes(closeCodes.TOKEN_EXPIRED.code);
    clock.advance(1_000);
    await settled();
    expect([asked, room.connection.dialed.length]).toEqual([2, 0]);
    give('second&odd=1');
    await settled();
    const dialed = new URL(room.connection.dialed[0] ?? '');
    expect(dialed.searchParams.get('_authToken')).toBe('second&odd=1');
    expect(dialed.searchParams.get('sessionId')).toBe('s1');
    room.takesBack();
    expect(connection.status.state).toBe('online');
    // The next loss is none of the token's: nobody is asked.
    room.connection.closes(1006);
    clock.advance(5_000);
    expect([asked, room.connection.dialed.length]).toEqual([2, 2]);
  });

  test('CL22 counts a token that cannot be had as a failed attempt', async () => {
    let asked = 0;
    const { room, clock, connection, log } = await join({}, () => {
      asked += 1;
      if (asked === 2) throw new Error('sign-in is down');
      return `token${asked}`;
    });
    room.connection.closes(closeCodes.TOKEN_EXPIRED.code);
    clock.advance(1_000);
    await settled();
    expect(connection.status).toMatchObject({ state: 'reconnecting', attempt: 2, reason: { name: 'TOKEN_EXPIRED' } });
    expect(log).toContainEqual(expect.objectContaining({ event: 'connection.dialFailed' }));
    clock.advance(5_000);
    await settled();
    expect(new URL(room.connection.dialed[0] ?? '').searchParams.get('_authToken')).toBe('token3');
  });

  test('CL22 does not wait for ever for a token', async () => {
    let asked = 0;
    const { clock, room, connection } = await join({}, () => (++asked === 1 ? 'first' : new Promise<string>(() => {})));
    room.connection.closes(closeCodes.TOKEN_EXPIRED.code);
    clock.advance(1_000);
    clock.advance(DIAL_TIMEOUT_MS);
    expect(connection.status).toMatchObject({ state: 'reconnecting', attempt: 2 });
  });

  test('CL22 opens no socket for a token that comes after its attempt was given up', async () => {
    let give: (token: string) => void = () => {};
    let asked = 0;
    const { clock, room } = await join({ random: () => 0.999 }, () => {
      asked += 1;
      return asked === 1 ? 'first' : new Promise<string>((resolve) => (give = resolve));
    });
    room.connection.closes(closeCodes.TOKEN_EXPIRED.code);
    clock.advance(1_000);
    clock.advance(DIAL_TIMEOUT_MS - 1_000 + 249);
    give('late');
    await settled();
    expect(room.connection.dialed).toEqual([]);
    clock.advance(1_000);
    await settled();
    expect(room.connection.dialed.map((url) => new URL(url).searchParams.get('_authToken'))).toEqual(['late']);
  });

  test('CL22 is the end for a fixed token, as the same would come again', async () => {
    const { room, connection } = await join({}, 'fixed');
    room.connection.closes(closeCodes.TOKEN_EXPIRED.code);
    expect(connection.status).toMatchObject({ state: 'failed', error: { name: 'TOKEN_EXPIRED', next: 'refresh' } });
    expect(room.leaves).toEqual([closeCodes.TOKEN_EXPIRED.code]);
  });
});

describe('one socket at a time', () => {
  test('CL23 reconnectNow starts the attempt that waits, once', async () => {
    const { room, connection, clock } = await join();
    connection.reconnectNow();
    expect(room.connection.dialed).toHaveLength(0);
    room.connection.closes(1006);
    connection.reconnectNow();
    connection.reconnectNow();
    clock.advance(1_000);
    expect(room.connection.dialed).toHaveLength(1);
    room.connection.opens();
    connection.reconnectNow();
    room.takesBack();
    connection.reconnectNow();
    expect(room.connection.dialed).toHaveLength(1);
  });

  test('CL23 the timers of the SDK never dial, however often somebody presses the button', async () => {
    const { room, connection, clock } = await join({ random: () => 0.999 });
    room.connection.closes(1006);
    for (let press = 0; press < 20; press++) {
      connection.reconnectNow();
      room.connection.opens();
      room.connection.closes(1006);
    }
    const dialed = room.connection.dialed.length;
    expect(dialed).toBe(20);
    // All that waits now is one attempt.
    clock.advance(5_000);
    expect(room.connection.dialed).toHaveLength(dialed + 1);
    expect(room.connection.dialed.join()).not.toContain('from-the-sdk');
  });

  test('CL25 gives up a socket that does not open, and one that opens but brings no seat', async () => {
    const { room, connection, clock } = await join();
    room.connection.closes(1006);
    clock.advance(125);
    clock.advance(DIAL_TIMEOUT_MS);
    expect(connection.status).toMatchObject({ state: 'reconnecting', attempt: 2, reason: { name: 'ABNORMAL' } });
    clock.advance(250);
    room.connection.opens();
    clock.advance(SEAT_TIMEOUT_MS - 1);
    expect(connection.status).toMatchObject({ attempt: 2 });
    clock.advance(1);
    expect(connection.status).toMatchObject({ attempt: 3 });
    clock.advance(500);
    room.takesBack();
    expect(connection.status.state).toBe('online');
  });

  test('CL25 goes on where a failed connect only fires error', async () => {
    const { room, connection, clock } = await join();
    room.connection.closes(1006);
    clock.advance(125);
    room.connection.fails();
    clock.advance(500);
    expect(connection.status).toMatchObject({ state: 'reconnecting', attempt: 2 });
  });

  test('CL25 counts an attempt that fires both error and close once', async () => {
    const { room, connection, clock } = await join();
    room.connection.closes(1006);
    clock.advance(125);
    room.connection.fails();
    room.connection.closes(1006);
    expect(connection.status).toMatchObject({ state: 'reconnecting', attempt: 2 });
    clock.advance(500);
    expect(room.connection.dialed).toHaveLength(2);
    expect(connection.status).toMatchObject({ attempt: 2 });
  });

  test('CL26 isOpen is true only with a seat, so nothing is sent where nobody reads', async () => {
    const { room, connection, clock } = await join();
    const seen = [room.connection.isOpen];
    room.connection.closes(1006);
    clock.advance(1_000);
    seen.push(room.connection.isOpen);
    room.connection.opens();
    seen.push(room.connection.isOpen);
    const call = connection.rpc.call('system.ping', { echo: 1 });
    expect(room.envelopes).toEqual([]);
    room.takesBack();
    seen.push(room.connection.isOpen);
    expect(seen).toEqual([true, false, false, true]);
    expect(room.envelopes).toMatchObject([{ method: 'system.ping' }]);
    room.message('rpc', { jsonrpc: '2.0', id: room.envelopes[0]?.id, result: { at: 1, echo: 1 } });
    expect(await call).toEqual({ at: 1, echo: 1 });
  });

  test('CL7 what has no answer goes out again on return, and then what was asked while away', async () => {
    const { room, connection, clock } = await join();
    const sent = connection.rpc.call('system.time').catch(() => {});
    room.connection.closes(4010);
    connection.rpc.notify('world.say', { text: 'one' });
    const waiting = connection.rpc.call('system.info').catch(() => {});
    clock.advance(1_000);
    room.takesBack();
    expect(room.envelopes.map(({ method }) => method)).toEqual([
      'system.time',
      'system.time',
      'world.say',
      'system.info',
    ]);
    expect(room.envelopes[1]).toEqual(room.envelopes[0]);
    void Promise.all([sent, waiting]);
  });

  const event = fc.oneof(
    fc.record({ do: fc.constantFrom('open', 'takeBack', 'fail', 'now', 'pong', 'message', 'leave') }),
    fc.record({ do: fc.constant('close'), code: fc.constantFrom(...returning, ...returning, ...ending) }),
    fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 1, max: 20_000 }) }),
  );

  test('CL23 holds whatever happens: one attempt at a time, one end, no timer left behind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
        const { room, connection, clock, statuses } = await join({ queueLimit: 2 }, renewable);
        let sockets = 0;
        const { reconnect } = Object.getPrototypeOf(room.connection) as typeof room.connection;
        expect(room.connection.reconnect).not.toBe(reconnect);
        for (const now of events) {
          if (now.do === 'open' && room.connection.dialed.length > sockets) room.connection.opens();
          if (now.do === 'takeBack' && room.connection.dialed.length > sockets) {
            sockets = room.connection.dialed.length;
            if (connection.status.state === 'reconnecting') room.takesBack();
          }
          if (now.do === 'fail') room.connection.fails();
          if (now.do === 'now') connection.reconnectNow();
          if (now.do === 'pong') room.pong(20);
          if (now.do === 'message') room.message('rpc', { jsonrpc: '2.0', id: 'x', method: 'client.ping' });
          if (now.do === 'leave') void connection.leave();
          if ('code' in now) room.connection.closes(now.code);
          if ('ms' in now) clock.advance(now.ms);
          await settled();
        }
        expect(room.leaves.length).toBeLessThanOrEqual(1);
        const { state } = connection.status;
        if (state === 'failed' || state === 'idle') {
          expect(room.leaves).toHaveLength(1);
          const dialed = room.connection.dialed.length;
          clock.advance(120_000);
          await settled();
          expect(room.connection.dialed).toHaveLength(dialed);
          expect(clock.waiting).toBe(0);
        } else {
          expect(room.leaves).toEqual([]);
          if (state === 'reconnecting') expect(room.connection.isOpen).toBe(false);
        }
        const names = statuses.map((status) => status.state);
        expect(names.indexOf('failed')).toBe(names.includes('failed') ? names.lastIndexOf('failed') : -1);
      }),
      { numRuns: 200 },
    );
  });
});

describe('what the application does meanwhile', () => {
  test('CL23 may leave in onDrop', async () => {
    const { room, connection, clock } = await join();
    room.onDrop = () => void connection.leave();
    room.connection.closes(1006);
    await settled();
    clock.advance(10_000);
    expect(connection.status).toEqual({ state: 'idle' });
    expect([room.connection.dialed, room.leaves]).toEqual([[], [4000]]);
  });

  test('CL23 may throw in onDrop, and comes back all the same', async () => {
    const { room, connection, clock } = await join();
    room.onDrop = () => {
      throw new Error('mine');
    };
    expect(() => room.connection.closes(1006)).toThrow('mine');
    expect(connection.status.state).toBe('reconnecting');
    clock.advance(1_000);
    expect(room.connection.dialed).toHaveLength(1);
  });

  test('CL23 may reconnect at once in onDrop', async () => {
    const { room, connection } = await join();
    room.onDrop = () => connection.reconnectNow();
    room.connection.closes(1006);
    expect(room.connection.dialed).toHaveLength(1);
    expect(connection.status).toMatchObject({ state: 'reconnecting', attempt: 1 });
    room.takesBack();
    expect(connection.status.state).toBe('online');
  });

  test('CL23 may reconnect at once from the status event', async () => {
    const { room, connection } = await join();
    connection.on('status', ({ state }) => {
      if (state === 'reconnecting') connection.reconnectNow();
    });
    room.connection.closes(1006);
    expect(room.connection.dialed).toHaveLength(1);
    room.takesBack();
    expect(connection.status.state).toBe('online');
  });
});
