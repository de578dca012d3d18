import type { Room } from '@colyseus/sdk';
import { expect, test } from 'vitest';
import { closeCodes } from '../../schema/index.ts';
import { hashOf } from '../../src/room/recovery-token.ts';
import { connectionOf } from '../../src/room/session-state.ts';
import { join, startGatehouse } from '../support/gatehouse.ts';
import { left, nextNotification, rpc } from '../support/rpc.ts';

const server = await startGatehouse({ RECONNECT_WINDOW: '3', EXPIRY_NOTICE: '2', EXPIRY_GRACE: '1' });
const { sessions } = server.platform;

const sessionOf = (room: Room) => sessions.get(room.sessionId);
const stateOf = (room: Room) => sessionOf(room)?.state.name;

/** As when the network goes: no close frame, from neither end. */
function cut(room: Room): void {
  connectionOf(sessionOf(room)!.state)!.socket.terminate();
}

async function joinReady(userId: string, claims: Parameters<typeof server.sdk>[1] = {}): Promise<Room> {
  const room = await join(server.sdk(userId, claims), 'world');
  room.reconnection.minUptime = 0;
  await expect.poll(() => room.state?.players?.get(room.sessionId)).toBeDefined();
  return room;
}

test('SS1 a join makes a session: online, stored, found by user and by room', async () => {
  const room = await joinReady('ada');
  await expect.poll(() => stateOf(room)).toBe('online');
  await expect.poll(async () => (await server.ports.sessions.get(room.sessionId))?.state).toBe('online');
  const record = await server.ports.sessions.get(room.sessionId);
  expect(record).toMatchObject({ userId: 'ada', roomId: room.roomId, roomName: 'world', epoch: 1 });
  expect((await server.ports.sessions.byUser('ada')).map(({ id }) => id)).toEqual([room.sessionId]);
  expect((await server.ports.sessions.byRoom(room.roomId)).map(({ id }) => id)).toContain(room.sessionId);
});

test('SS2 after a lost socket an unmodified SDK client comes back into the same session', async () => {
  const [room, other] = [await joinReady('bea'), await joinReady('bob')];
  const before = {
    id: room.sessionId,
    player: room.state.players.get(room.sessionId),
    joinedAt: sessionOf(room)!.joinedAt,
  };
  const seen: boolean[] = [];
  const watch = () => seen.push(other.state.players.get(before.id)?.connected);
  other.onStateChange(watch);
  const dropped = new Promise((resolve) => room.onDrop(resolve));
  const back = new Promise<void>((resolve) => room.onReconnect(() => resolve()));
  cut(room);
  expect(await dropped).toBe(closeCodes.ABNORMAL.code);
  await back;
  await expect.poll(() => stateOf(room)).toBe('online');
  expect(room.sessionId).toBe(before.id);
  expect(sessionOf(room)!.joinedAt).toBe(before.joinedAt);
  expect(room.state.players.get(room.sessionId)).toBe(before.player);
  await expect.poll(() => other.state.players.get(before.id).connected).toBe(true);
  expect(seen).toContain(false);
  expect(await rpc(room, 'session.get', {})).toMatchObject({ result: { id: before.id, state: 'online' } });
});

test('SS3 a leave ends the session at once, and its record', async () => {
  const room = await joinReady('cyd');
  await room.leave();
  await expect.poll(() => sessionOf(room)).toBeUndefined();
  expect(await server.ports.sessions.get(room.sessionId)).toBeUndefined();
  expect(server.platform.counters.get('sessions_ended', String(closeCodes.LEFT.code))).toBeGreaterThan(0);
});

test('SS4 a session that nobody returns to ends with the window; a later return is told that the seat is gone', async () => {
  const [room, other] = [await joinReady('dan'), await joinReady('dot')];
  room.reconnection.enabled = false;
  const token = room.reconnectionToken;
  cut(room);
  await expect.poll(() => stateOf(room)).toBe('dropped');
  expect((await server.ports.sessions.get(room.sessionId))?.state).toBe('dropped');
  await expect.poll(() => sessionOf(room), { timeout: 6_000 }).toBeUndefined();
  await expect.poll(() => other.state.players.has(room.sessionId)).toBe(false);
  await expect(server.sdk('dan').reconnect(token)).rejects.toThrow('SEAT_EXPIRED');
});

test('SS5 a kicked session ends with 4401 and is not kept, connected or not', async () => {
  const [room, away] = [await joinReady('eve'), await joinReady('eli')];
  const end = left(room);
  sessions.end(room.sessionId, 'KICKED');
  expect(await end).toBe(closeCodes.KICKED.code);
  expect(sessionOf(room)).toBeUndefined();
  away.reconnection.enabled = false;
  cut(away);
  await expect.poll(() => stateOf(away)).toBe('dropped');
  sessions.end(away.sessionId, 'KICKED');
  await expect.poll(() => sessionOf(away)).toBeUndefined();
});

test('SS6 a page that shows the reconnection token takes the session from a connection that is still open', async () => {
  const room = await joinReady('fay');
  const first = sessionOf(room);
  const end = left(room);
  const again = await server.sdk('fay').reconnect(room.reconnectionToken);
  again.onMessage('*', () => {});
  expect(again.sessionId).toBe(room.sessionId);
  await expect.poll(() => stateOf(again)).toBe('online');
  expect(sessionOf(again)).toBe(first);
  await end;
  expect(stateOf(again)).toBe('online');
  await again.leave();
});

test('SS7 a client is told before its token expires, and session.refresh keeps it in', async () => {
  const room = await joinReady('gus', { ttlSeconds: 2 });
  const notice = await nextNotification(room, 'session.expiring');
  expect(notice).toMatchObject({ expiresAt: expect.any(Number), closesAt: expect.any(Number) });
  const fresh = server.token('gus', { ttlSeconds: 3_600 });
  expect(await rpc(room, 'session.refresh', { token: fresh })).toMatchObject({
    result: { expiresAt: expect.any(Number) },
  });
  // Its socket is lost, and the token in its URL has expired: the refreshed identity counts.
  await expect.poll(() => Date.now() > notice.closesAt, { timeout: 8_000 }).toBe(true);
  const back = new Promise<void>((resolve) => room.onReconnect(() => resolve()));
  cut(room);
  await back;
  await expect.poll(() => stateOf(room)).toBe('online');
});

test('SS8 an expired session is closed with 4101 after the grace and kept; a return needs a good token', async () => {
  const room = await joinReady('hal', { ttlSeconds: 1 });
  const token = room.reconnectionToken;
  expect(await left(room)).toBe(closeCodes.TOKEN_EXPIRED.code);
  expect(stateOf(room)).toBe('dropped');
  const stale = server.sdk('hal', { ttlSeconds: -60 });
  await expect(stale.reconnect(token)).rejects.toThrow('TOKEN_EXPIRED');
  expect(stateOf(room)).toBe('dropped');
  const again = await server.sdk('hal').reconnect(token);
  again.onMessage('*', () => {});
  expect(again.sessionId).toBe(room.sessionId);
  await expect.poll(() => stateOf(again)).toBe('online');
  await again.leave();
});

test('SS9 a return with the token of another user is refused and costs the session nothing', async () => {
  const room = await joinReady('ida');
  room.reconnection.enabled = false;
  cut(room);
  await expect.poll(() => stateOf(room)).toBe('dropped');
  await expect(server.sdk('mallory').reconnect(room.reconnectionToken)).rejects.toThrow('USER_MISMATCH');
  const again = await server.sdk('ida').reconnect(room.reconnectionToken);
  again.onMessage('*', () => {});
  expect(again.sessionId).toBe(room.sessionId);
  await again.leave();
});

test('SS10 session.refresh refuses a token of another user and one that is not good', async () => {
  const room = await joinReady('jan');
  const foreign = await rpc(room, 'session.refresh', { token: server.token('mallory') });
  expect(foreign).toMatchObject({ error: { message: 'The token belongs to another user' } });
  const broken = await rpc(room, 'session.refresh', { token: 'nonsense' });
  expect(broken).toMatchObject({ error: { message: 'The token is not valid here' } });
  expect(stateOf(room)).toBe('online');
});

test.each(['token', 'user', 'issued-before'] as const)(
  'SS11 a revocation by %s reaches a live connection at once and refuses the next join',
  async (kind) => {
    const [userId, tokenId, until] = [`kim-${kind}`, `kim-token-${kind}`, Date.now() + 3_600_000];
    const [room, bystander] = [await joinReady(userId, { tokenId }), await joinReady('lea')];
    const end = left(room);
    if (kind === 'token') await server.ports.revocations.revoke({ kind, tokenId, until });
    else if (kind === 'user') await server.ports.revocations.revoke({ kind, userId, until });
    else await server.ports.revocations.revoke({ kind, userId, before: Date.now() + 2_000, until });
    expect(await end).toBe(closeCodes.TOKEN_REVOKED.code);
    expect(sessionOf(room)).toBeUndefined();
    expect(stateOf(bystander)).toBe('online');
    await expect(server.sdk(userId, { tokenId }).joinOrCreate('world')).rejects.toThrow('TOKEN_REVOKED');
  },
);

test('SS12 the store holds a hash of the recovery token, which changes with each return', async () => {
  const room = await joinReady('max');
  const secret = () => room.reconnectionToken.split(':')[1]!;
  const first = secret();
  await expect.poll(async () => (await server.ports.sessions.get(room.sessionId))?.recoveryHash).toBe(hashOf(first));
  const back = new Promise<void>((resolve) => room.onReconnect(() => resolve()));
  cut(room);
  await back;
  await expect.poll(() => secret()).not.toBe(first);
  await expect.poll(async () => (await server.ports.sessions.get(room.sessionId))?.recoveryHash).toBe(hashOf(secret()));
  expect(JSON.stringify(await server.ports.sessions.get(room.sessionId))).not.toContain(secret());
});

test('SS13 connections are known with user, address, times and bytes, and heartbeats measure the round trip', async () => {
  const room = await joinReady('ned');
  const connection = connectionOf(sessionOf(room)!.state)!;
  expect(connection).toMatchObject({ sessionId: room.sessionId, address: '127.0.0.1', openedAt: expect.any(Number) });
  expect(connection.bytesIn).toBeGreaterThan(0);
  expect(connection.bytesOut).toBeGreaterThan(0);
  await expect.poll(() => connection.roundTripMs, { timeout: 8_000 }).toEqual(expect.any(Number));
  expect(await rpc(room, 'session.get', {})).toMatchObject({ result: { roundTripMs: expect.any(Number) } });
});
