/** The sessions' HTTP API on one node: who gets a seat back, who does not, and what it costs. */
import { Client, type Room } from '@colyseus/sdk';
import { expect, test } from 'vitest';
import { closeCodes, type ErrorName, errors } from '../../schema/index.ts';
import { connectionOf } from '../../src/room/session-state.ts';
import { join, startGatehouse } from '../support/gatehouse.ts';
import { matchmake } from '../support/raw-client.ts';
import { left, rpc } from '../support/rpc.ts';
import { askSessions, keptOf } from '../support/sessions-api.ts';

const server = await startGatehouse({
  HEARTBEAT: '0.1',
  RECONNECT_WINDOW: '3',
  JOINS_PER_USER: '60',
  JOINS_PER_ADDRESS: '10000',
  ALLOWED_ORIGINS: 'https://play.example.com',
});
const { sessions, counters } = server.platform;
const sessionOf = (room: Room) => sessions.get(room.sessionId)!;

async function joinWorld(userId: string): Promise<{ room: Room; token: string; heard: Envelope[] }> {
  const token = server.token(userId);
  const client = new Client(server.url);
  client.auth.token = token;
  const room = await join(client, 'world');
  room.reconnection.enabled = false;
  const heard = listen(room);
  await expect.poll(() => room.state?.players?.get(room.sessionId)).toBeDefined();
  return { room, token, heard };
}

// biome-ignore lint/suspicious/noExplicitAny: envelopes are looked at by the test
type Envelope = any;
function listen(room: Room): Envelope[] {
  const heard: Envelope[] = [];
  room.onMessage('*', () => {});
  room.onMessage('rpc', (message) => heard.push(message));
  return heard;
}
const said = (heard: Envelope[]) => heard.filter(({ method }) => method === 'world.said').map((m) => m.params.text);

async function cut(room: Room): Promise<void> {
  connectionOf(sessionOf(room).state)!.socket.terminate();
  await expect.poll(() => sessionOf(room).state.name).toBe('dropped');
}

const recover = (token: string | undefined, body: unknown, headers = {}) =>
  askSessions(server.url, 'POST', '/recover', { ...(token === undefined ? {} : { token }), body, headers });

/** Takes the seat as a page does: with an unmodified SDK. */
async function take(seat: unknown, token: string): Promise<{ room: Room; heard: Envelope[] }> {
  const client = new Client(server.url);
  client.auth.token = token;
  const room = await client.consumeSeatReservation(seat as never);
  const heard = listen(room);
  return { room, heard };
}

function isError({ status, body }: { status: number; body: unknown }, name: ErrorName): void {
  const { code, http, retryable, message } = errors[name];
  expect({ status, ...(body as object) }).toMatchObject({ status: http, code, name, retryable });
  expect((body as { error: string }).error).toBe(`${name}: ${message}`);
}

test('RH1 whoever has the token of a session and is its user gets its seat over HTTP, as an SDK takes it, with what was missed', async () => {
  const [ada, bob] = [await joinWorld('ada'), await joinWorld('bob')];
  await rpc(bob.room, 'world.say', { text: 'before' });
  await expect.poll(() => said(ada.heard)).toEqual(['before']);
  const { seq: lastSequence } = ada.heard.find(({ method }) => method === 'world.said');
  const kept = keptOf(ada.room);
  await cut(ada.room);
  await rpc(bob.room, 'world.say', { text: 'meanwhile' });

  const answer = await recover(server.token('ada'), { ...kept, lastSequence });
  expect(answer.status).toBe(200);
  const seat = { name: 'world', roomId: ada.room.roomId, sessionId: kept.sessionId, processId: server.nodeId };
  expect(answer.body).toEqual({ ...seat, reconnectionToken: kept.token.split(':')[1] });
  const before = counters.all();
  const { room, heard } = await take(answer.body, ada.token);
  await expect.poll(() => said(heard)).toEqual(['meanwhile']);
  expect(heard[0]).toMatchObject({ method: 'session.recovered', params: { recovered: true, replayed: 1 } });
  expect(room.sessionId).toBe(kept.sessionId);
  expect(room.state.players.get(room.sessionId).connected).toBe(true);
  expect((await rpc(room, 'session.get', {})).result).toMatchObject({ id: kept.sessionId, state: 'online' });
  expect(before.recoveries_admitted).toBe(1);
  await room.leave();
});

test('RH2 a session that is still connected is taken over: its connection ends with 4405, the session goes on, once', async () => {
  const { room, token } = await joinWorld('cyd');
  const session = sessionOf(room);
  const drops: number[] = [];
  room.reconnection.enabled = true;
  room.reconnection.minUptime = 0;
  room.onDrop((code) => drops.push(code));
  const end = left(room);
  const { body } = await recover(token, keptOf(room));
  expect(await end).toBe(closeCodes.TAKEN_OVER.code);
  expect(session.state).toMatchObject({ name: 'dropped', code: closeCodes.TAKEN_OVER.code });
  const again = await take(body, token);
  await expect.poll(() => session.state.name).toBe('online');
  expect(sessions.get(room.sessionId)).toBe(session);
  // An unmodified SDK does not come back for it, and neither does the kit.
  expect(drops).toEqual([]);
  const own = () => [...again.room.state.players.values()].filter(({ userId }) => userId === 'cyd');
  await expect.poll(() => again.room.state?.players?.get(room.sessionId)?.connected).toBe(true);
  expect(own()).toHaveLength(1);
  await again.room.leave();
});

test('RH2 a session that is still connected is taken over: by matchmaking as well', async () => {
  const { room, token } = await joinWorld('dan');
  const end = left(room);
  const client = new Client(server.url);
  client.auth.token = token;
  const again = await client.reconnect(room.reconnectionToken);
  again.onMessage('*', () => {});
  expect(await end).toBe(closeCodes.TAKEN_OVER.code);
  await expect.poll(() => sessionOf(again).state.name).toBe('online');
  await again.leave();
});

test('RH3 a client that holds a session on two pages has one connection at any time', async () => {
  const { room, token } = await joinWorld('eve');
  const session = sessionOf(room);
  const kept = keptOf(room);
  // Both ask at once, and both open a socket.
  const answers = await Promise.all([recover(token, kept), recover(token, kept)]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const pages = await Promise.allSettled(answers.map(({ body }) => take(body, token)));
  const inside = pages.filter((page) => page.status === 'fulfilled').map(({ value }) => value.room);
  expect(inside.length).toBeGreaterThan(0);
  await expect.poll(() => inside.filter(({ connection }) => connection.isOpen).length).toBe(1);
  await expect.poll(() => session.state.name).toBe('online');
  const mine = [...server.connections].filter(({ sessionId }) => sessionId === session.id);
  expect(mine).toHaveLength(1);
  await inside.find(({ connection }) => connection.isOpen)!.leave();
});

test('RH4 a token that is stolen, used, wrong or of another session recovers nothing, and costs the session nothing', async () => {
  const [ida, jan] = [await joinWorld('ida'), await joinWorld('jan')];
  const [kept, foreign] = [keptOf(ida.room), keptOf(jan.room)];
  isError(await recover(server.token('mallory'), kept), 'USER_MISMATCH');
  isError(await recover(ida.token, { ...kept, token: 'wrong' }), 'SEAT_EXPIRED');
  isError(await recover(ida.token, { ...kept, token: foreign.token }), 'SEAT_EXPIRED');
  isError(await recover(ida.token, { ...kept, token: '__proto__' }), 'SEAT_EXPIRED');
  isError(await recover(ida.token, { ...kept, sessionId: 'nobody' }), 'SEAT_EXPIRED');
  isError(await recover(ida.token, { ...kept, sessionId: '__proto__' }), 'SEAT_EXPIRED');
  expect(sessionOf(ida.room).state.name).toBe('online');
  expect(sessionOf(ida.room).named).toBeUndefined();
  expect(ida.room.connection.isOpen).toBe(true);

  const { body } = await recover(ida.token, kept);
  const { room } = await take(body, ida.token);
  await expect.poll(() => sessionOf(room).state.name).toBe('online');
  await rpc(room, 'system.ping', {});
  isError(await recover(ida.token, kept), 'SEAT_EXPIRED');
  expect(room.connection.isOpen).toBe(true);
  await room.leave();
  isError(await recover(ida.token, keptOf(room)), 'SEAT_EXPIRED');
});

test('RH5 a session whose window has closed is SEAT_EXPIRED', async () => {
  const { room, token } = await joinWorld('kim');
  await cut(room);
  await expect.poll(() => sessions.get(room.sessionId), { timeout: 6_000 }).toBeUndefined();
  isError(await recover(token, keptOf(room)), 'SEAT_EXPIRED');
});

test('RH6 a last sequence from the future costs the replay and nothing else', async () => {
  const { room, token } = await joinWorld('lea');
  for (const lastSequence of [
    { epoch: 1, n: 1e9 },
    { epoch: 7, n: 1 },
  ]) {
    const { body } = await recover(token, { ...keptOf(room), lastSequence });
    const again = await take(body, token);
    await expect.poll(() => again.heard[0]).toMatchObject({ params: { recovered: false, replayed: 0 } });
    await cut(again.room);
    Object.assign(room, { reconnectionToken: again.room.reconnectionToken });
  }
});

test('RH6 a last sequence is of the request that names it: the next one without does not inherit it', async () => {
  const [max, ned] = [await joinWorld('max'), await joinWorld('ned')];
  await cut(max.room);
  await rpc(ned.room, 'world.say', { text: 'for max' });
  const kept = keptOf(max.room);
  await recover(max.token, { ...kept, lastSequence: { epoch: 1, n: 1e9 } });
  const { body } = await recover(max.token, kept);
  const { heard, room } = await take(body, max.token);
  await expect.poll(() => said(heard)).toContain('for max');
  await room.leave();
});

const bodies: Array<[string, unknown, ErrorName]> = [
  ['no JSON', '{', 'INVALID_REQUEST'],
  ['a list', '[]', 'INVALID_REQUEST'],
  ['nothing', undefined, 'INVALID_PARAMS'],
  ['no token', { sessionId: 'x' }, 'INVALID_PARAMS'],
  ['a token that is a map', { sessionId: 'x', token: {} }, 'INVALID_PARAMS'],
  ['a long token', { sessionId: 'x', token: 'x'.repeat(300) }, 'INVALID_PARAMS'],
  ['a long id', { sessionId: 'x'.repeat(65), token: 'x' }, 'INVALID_PARAMS'],
  ['a sequence that is text', { sessionId: 'x', token: 'x', lastSequence: '1.1' }, 'INVALID_PARAMS'],
  ['a sequence below zero', { sessionId: 'x', token: 'x', lastSequence: { epoch: 1, n: -1 } }, 'INVALID_PARAMS'],
  ['a sequence beyond numbers', { sessionId: 'x', token: 'x', lastSequence: { epoch: 1, n: 1e300 } }, 'INVALID_PARAMS'],
  ['something more', { sessionId: 'x', token: 'x', userId: 'root' }, 'INVALID_PARAMS'],
  ['too much', { sessionId: 'x', token: 'x', pad: 'x'.repeat(5_000) }, 'PAYLOAD_TOO_LARGE'],
];
test.each(bodies)(
  'RH7 a bad request to recover is answered from the catalogue, and counted: %s',
  async (_name, body, error) => {
    const before = counters.get('sessions_refused', error);
    isError(await recover(server.token('oli'), body), error);
    expect(counters.get('sessions_refused', error)).toBe(before + 1);
  },
);

test('RH7 a bad request to recover is answered from the catalogue, and counted: tokens and origins', async () => {
  const { room, token } = await joinWorld('pia');
  const kept = keptOf(room);
  isError(await recover(undefined, kept), 'TOKEN_MISSING');
  isError(await recover('nonsense', kept), 'TOKEN_INVALID');
  isError(await recover(server.token('pia', { ttlSeconds: -60 }), kept), 'TOKEN_EXPIRED');
  const foreign = await recover(token, kept, { origin: 'https://evil.example.com' });
  isError(foreign, 'ORIGIN_REFUSED');
  expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  const own = await recover(token, { ...kept, token: 'wrong' }, { origin: 'https://play.example.com' });
  expect(own.headers.get('access-control-allow-origin')).toBe('https://play.example.com');
  expect(own.headers.get('access-control-allow-methods')).toBe('POST, GET, DELETE, OPTIONS');
  expect(room.connection.isOpen).toBe(true);
});

test('RH8 recoveries of a user count with their joins, and the refusal says when to come back', async () => {
  const token = server.token('rob');
  const ask = () => recover(token, { sessionId: 'nobody', token: 'x' });
  let answer = await ask();
  for (let i = 0; i < 40 && answer.status !== 429; i++) answer = await ask();
  isError(answer, 'RATE_LIMITED');
  expect(answer.body.data).toEqual({ retryAfterMs: expect.any(Number) });
  expect(await matchmake(server.url, 'joinOrCreate/world', { token })).toMatchObject({ status: 429 });
  isError(await recover(server.token('sue'), { sessionId: 'nobody', token: 'x' }), 'SEAT_EXPIRED');
});

test('RH9 a session is shown to its own user and to admins, without secrets', async () => {
  const { room, token } = await joinWorld('tom');
  await expect.poll(async () => (await server.ports.sessions.get(room.sessionId))?.state).toBe('online');
  const get = (as: string | undefined, id = room.sessionId) =>
    askSessions(server.url, 'GET', `/${id}`, as === undefined ? {} : { token: as });
  const own = await get(token);
  expect(own.status).toBe(200);
  expect(own.body).toEqual({
    id: room.sessionId,
    userId: 'tom',
    name: 'tom',
    role: 'player',
    roomId: room.roomId,
    roomName: 'world',
    nodeId: server.nodeId,
    epoch: 1,
    state: 'online',
    joinedAt: expect.any(Number),
    updatedAt: expect.any(Number),
    expiresAt: expect.any(Number),
  });
  expect((await get(server.token('root', { role: 'admin' }))).body).toEqual(own.body);
  isError(await get(server.token('una')), 'FORBIDDEN');
  isError(await get(undefined), 'TOKEN_MISSING');
  isError(await get(token, 'nobody'), 'NOT_FOUND');
  isError(await get(token, 'x'.repeat(200)), 'NOT_FOUND');
});

test('RH10 DELETE ends a session for good, connected or not: its user leaves, an admin removes', async () => {
  const end = (as: string, id: string) => askSessions(server.url, 'DELETE', `/${id}`, { token: as });
  const [uwe, other] = [await joinWorld('uwe'), await joinWorld('val')];
  isError(await end(other.token, uwe.room.sessionId), 'FORBIDDEN');
  expect(uwe.room.connection.isOpen).toBe(true);
  let code = left(uwe.room);
  expect((await end(uwe.token, uwe.room.sessionId)).status).toBe(204);
  expect(await code).toBe(closeCodes.LEFT.code);
  expect(await server.ports.sessions.get(uwe.room.sessionId)).toBeUndefined();
  await expect.poll(() => other.room.state.players.has(uwe.room.sessionId)).toBe(false);
  isError(await end(uwe.token, uwe.room.sessionId), 'NOT_FOUND');
  isError(await recover(uwe.token, keptOf(uwe.room)), 'SEAT_EXPIRED');

  const away = await joinWorld('wim');
  await cut(away.room);
  expect((await end(away.token, away.room.sessionId)).status).toBe(204);
  await expect.poll(() => sessions.get(away.room.sessionId)).toBeUndefined();

  code = left(other.room);
  expect((await end(server.token('root', { role: 'admin' }), other.room.sessionId)).status).toBe(204);
  expect(await code).toBe(closeCodes.KICKED.code);
  expect(server.lines.some(({ msg, user }) => msg === 'admin action' && user === 'root')).toBe(true);
});

test('RH11 no token of a session is ever logged', () => {
  const log = JSON.stringify(server.lines);
  expect(log).toContain('request refused');
  expect(log).not.toContain('reconnectionToken');
  for (const session of sessions.all()) expect(log).not.toContain(session.client.reconnectionToken);
});
