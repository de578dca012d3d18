import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeCodes, errors } from '../../schema/index.ts';
import { Bystander, growth, watchProcess } from '../support/bystander.ts';
import { eventually } from '../support/eventually.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { FRAME, matchmake, RawClient, returnPath, type Seat, seatPath } from '../support/raw-client.ts';

// Three heartbeats are 900 ms: a machine that is busy must not cut the bystander.
const server = await startGatehouse({ JOIN_TIMEOUT: '1', HEARTBEAT: '0.3' });
const faults = watchProcess();
const { counters, sessions } = server.platform;
const bystander = await Bystander.join(server);

let before: Record<string, number> = {};
const grown = () => growth(before, counters.all());

beforeEach(() => {
  before = counters.all();
});

afterEach(async () => {
  await bystander.isWell();
  expect(faults).toEqual([]);
});

let users = 0;

async function seatOf(token: string): Promise<Seat> {
  return (await matchmake(server.url, 'joinOrCreate/world', { token })).body as unknown as Seat;
}

test('BI50 a seat that is taken and never confirmed is given up with 4301', async () => {
  const client = await RawClient.join(server.url, server.token(`silent-${users++}`), { confirm: false });
  await eventually(() => expect(bystander.sees(client.sessionId)).toBeDefined());
  expect(await client.closed).toMatchObject({ code: closeCodes.JOIN_TIMEOUT.code });
  await eventually(() => {
    expect(sessions.get(client.sessionId)).toBeUndefined();
    expect(bystander.sees(client.sessionId)).toBeUndefined();
    expect(grown()[`connections_closed:${closeCodes.JOIN_TIMEOUT.code}`]).toBe(1);
  });
  // The seat is free again, and so is not to be had with its secret.
  const late = await RawClient.connect(
    server.url,
    returnPath(client.seat!, client.reconnectionToken!, server.token('x')),
  );
  expect(await late.closed).toMatchObject({ code: closeCodes.SEAT_GONE.code });
});

test('BI50 a seat that is taken and never confirmed is given up with 4301: whatever else is sent', async () => {
  const client = await RawClient.join(server.url, server.token(`silent-${users++}`), { confirm: false });
  const talk = setInterval(() => client.send([FRAME.PING]), 100);
  expect(await client.closed).toMatchObject({ code: closeCodes.JOIN_TIMEOUT.code });
  clearInterval(talk);
  await eventually(() => expect(sessions.get(client.sessionId)).toBeUndefined());
});

test('BI51 a socket that names no seat is closed with 4301', async () => {
  const client = await RawClient.connect(server.url, '/nowhere');
  expect(await client.closed).toMatchObject({ code: closeCodes.JOIN_TIMEOUT.code });
  await eventually(() => expect(grown()[`connections_closed:${closeCodes.JOIN_TIMEOUT.code}`]).toBe(1));
});

test('BI52 a socket that names a seat which is not there is told so and closed', async () => {
  const token = server.token(`silent-${users++}`);
  const seat = await seatOf(token);
  const wrong = [
    seatPath({ ...seat, sessionId: 'nobody' }),
    seatPath({ ...seat, roomId: 'nowhere' }),
    `/${seat.processId}/${seat.roomId}`,
    seatPath({ ...seat, sessionId: bystander.room.sessionId }),
    returnPath({ ...seat, sessionId: bystander.room.sessionId }, 'guessed', token),
    returnPath({ ...seat, sessionId: bystander.room.sessionId }, 'guessed', server.token('bystander')),
    returnPath({ ...seat, sessionId: 'nobody' }, 'guessed', token),
  ];
  for (const path of wrong) {
    const client = await RawClient.connect(server.url, path);
    expect(await client.closed).toMatchObject({
      code: expect.toBeOneOf([closeCodes.BAD_MESSAGE.code, closeCodes.SEAT_GONE.code]),
    });
    expect(client.received).toMatchObject([{ kind: 'error' }]);
  }
  // The real seat was not hurt by all that.
  const client = await RawClient.sit(server.url, seat);
  await client.settled();
  client.cut();
});

test('BI53 a seat is taken once', async () => {
  const seat = await seatOf(server.token(`silent-${users++}`));
  const first = await RawClient.sit(server.url, seat);
  await first.settled();
  const second = await RawClient.connect(server.url, seatPath(seat));
  expect(await second.closed).toMatchObject({ code: closeCodes.SEAT_GONE.code });
  await first.settled();
  expect(sessions.get(seat.sessionId)?.state.name).toBe('online');
  first.cut();
});

test('BI54 a peer that answers no heartbeat is cut; its session is dropped, kept and there when it comes back', async () => {
  const token = server.token(`silent-${users++}`);
  const client = await RawClient.join(server.url, token, { autoPong: false });
  await client.settled();
  expect(await client.closed).toMatchObject({ code: closeCodes.ABNORMAL.code });
  await eventually(() => {
    expect(sessions.get(client.sessionId)?.state.name).toBe('dropped');
    expect(bystander.sees(client.sessionId)?.connected).toBe(false);
    expect(grown().heartbeats_missed).toBe(1);
  });
  const back = await RawClient.return(server.url, client, token);
  expect(await back.call('session.get')).toMatchObject({ result: { id: client.sessionId, state: 'online' } });
  await eventually(() => expect(bystander.sees(client.sessionId)?.connected).toBe(true));
  back.cut();
});

test('BI54 a peer that answers no heartbeat is cut: one that still sends, and reads nothing', async () => {
  const client = await RawClient.join(server.url, server.token(`silent-${users++}`), { autoPong: false });
  await client.settled();
  const { sessionId } = client;
  socketOf(client).pause();
  const talk = setInterval(() => client.send([FRAME.PING]), 50);
  await eventually(() => expect(sessions.get(sessionId)?.state.name).toBe('dropped'));
  clearInterval(talk);
  expect(grown().heartbeats_missed).toBe(1);
  client.cut();
});

function socketOf(client: RawClient): { pause(): void } {
  return (client.socket as unknown as { _socket: { pause(): void } })._socket;
}

/**
 * JOIN_TIMEOUT is 4301, after which a session is over. A player whose link is
 * so slow that its return is not confirmed in time has been let in before: that
 * return may fail, the session must not.
 */
test('BI56 a return that is not confirmed in time ends its connection, not the session', async () => {
  const token = server.token(`silent-${users++}`);
  const client = await RawClient.join(server.url, token);
  await client.settled();
  client.cut();
  await eventually(() => expect(sessions.get(client.sessionId)?.state.name).toBe('dropped'));
  const slow = await RawClient.return(server.url, client, token, { confirm: false });
  await slow.closed;
  await eventually(() => expect(sessions.get(client.sessionId)?.state.name).toBe('dropped'));
  const back = await RawClient.return(server.url, slow, token);
  expect(await back.call('session.get')).toMatchObject({ result: { id: client.sessionId, state: 'online' } });
  back.cut();
});

test('BI57 somebody with another token cannot take up a session, even with its secret', async () => {
  const token = server.token(`silent-${users++}`);
  const client = await RawClient.join(server.url, token);
  await client.settled();
  const path = returnPath(client.seat!, client.reconnectionToken!, server.token('thief'));
  const thief = await RawClient.connect(server.url, path);
  expect(await thief.closed).toMatchObject({ code: closeCodes.SEAT_GONE.code });
  expect(thief.received).toMatchObject([{ kind: 'error', code: errors.USER_MISMATCH.code }]);
  await client.settled();
  expect(sessions.get(client.sessionId)?.state.name).toBe('online');
  expect(grown()['returns_refused:USER_MISMATCH']).toBe(1);
  client.cut();
});
