/** A seat is kept for a while. Who comes later (a slow link, a laptop that slept, a node that died) may join anew. */
import { matchMaker } from '@colyseus/core';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { type ConnectionStatus, GatehouseClient } from '../../client/src/index.ts';
import { LobbyRoom } from '../../rooms/LobbyRoom.ts';
import { closeCodes, errors, nextStep } from '../../schema/index.ts';
import { growth } from '../support/bystander.ts';
import { eventually } from '../support/eventually.ts';
import { join, startGatehouse } from '../support/gatehouse.ts';
import { matchmake, RawClient, returnPath, type Seat, seatPath } from '../support/raw-client.ts';

/** Of a game that gives its players half a second. */
class HastyRoom extends LobbyRoom {
  override seatReservationTimeout = 0.5;
}

const server = await startGatehouse({}, { rooms: { hasty: HastyRoom } });
const { counters } = server.platform;

/** Resolves when the seat, or its room with it, is gone. */
const expired = ({ roomId, sessionId }: Seat) =>
  eventually(() => expect(matchMaker.getLocalRoomById(roomId)?.hasReservedSeat(sessionId) ?? false).toBe(false));

let users = 0;
async function seatOf(userId = `late-${users++}`): Promise<Seat> {
  const { body } = await matchmake(server.url, 'joinOrCreate/hasty', { token: server.token(userId) });
  return body as unknown as Seat;
}

async function isToldToJoinAnew(path: string): Promise<void> {
  const client = await RawClient.connect(server.url, path);
  const { code } = await client.closed;
  expect(code).toBe(closeCodes.SEAT_GONE.code);
  expect(nextStep(code)).toBe('rejoin');
  const { code: number, message } = errors.SEAT_EXPIRED;
  expect(client.received).toEqual([{ kind: 'error', code: number, message: `SEAT_EXPIRED: ${message}` }]);
}

test('BI58 a client that comes too late for its seat is told SEAT_EXPIRED and closed with 4003: its room has gone with it', async () => {
  const before = counters.all();
  const seat = await seatOf();
  await expired(seat);
  await eventually(() => expect(matchMaker.getLocalRoomById(seat.roomId)).toBeUndefined());
  await isToldToJoinAnew(seatPath(seat));
  expect(growth(before, counters.all())['seats_refused:SEAT_EXPIRED']).toBe(1);
});

test('BI58 a client that comes too late for its seat is told SEAT_EXPIRED and closed with 4003: its room is there', async () => {
  const resident = await join(server.sdk('resident'), 'hasty');
  const seat = await seatOf();
  expect(seat.roomId).toBe(resident.roomId);
  await expired(seat);
  await isToldToJoinAnew(seatPath(seat));
  // What it is told to do works.
  const again = await RawClient.sit(server.url, await seatOf());
  await again.leave();
});

test('BI58 a client that comes too late for its seat is told SEAT_EXPIRED and closed with 4003: its node is gone', async () => {
  const seat = await seatOf();
  await isToldToJoinAnew(seatPath({ ...seat, processId: 'deadNode', roomId: 'itsRoom' }));
});

test('BI58 a client that comes too late for its seat is told SEAT_EXPIRED and closed with 4003: a return, as ever', async () => {
  const before = counters.all();
  const token = server.token('gone');
  const player = await RawClient.join(server.url, token, { room: 'hasty' });
  await player.settled();
  await player.leave();
  await isToldToJoinAnew(returnPath(player.seat!, player.reconnectionToken!, token));
  expect(growth(before, counters.all())['returns_refused:SEAT_EXPIRED']).toBe(1);
});

test('BI58 a client that comes too late for its seat is told SEAT_EXPIRED: by an unmodified SDK, too', async () => {
  const sdk = server.sdk('sdk');
  const consume = sdk.consumeSeatReservation.bind(sdk);
  sdk.consumeSeatReservation = (async (seat: Seat, ...rest: never[]) => {
    await expired(seat);
    return consume(seat as never, ...rest);
  }) as never;
  await expect(sdk.joinOrCreate('hasty')).rejects.toMatchObject({
    code: errors.SEAT_EXPIRED.code,
    message: expect.stringMatching(/^SEAT_EXPIRED: /),
  });
});

/** A kit whose way to each of its first `late` seats takes too long. */
function slowKit(userId: string, late: number) {
  const client = new GatehouseClient({ url: server.url, token: server.token(userId) });
  const consume = client.sdk.consumeSeatReservation.bind(client.sdk);
  const seats: Seat[] = [];
  client.sdk.consumeSeatReservation = (async (seat: Seat, ...rest: never[]) => {
    if (seats.push(seat) <= late) await expired(seat);
    return consume(seat as never, ...rest);
  }) as never;
  return { client, seats };
}

test('JN9 a join whose seat expired on the way to it takes another one, without a word to the player', async () => {
  const { client, seats } = slowKit('slow', 1);
  const statuses: ConnectionStatus[] = [];
  const connection = await client.join('hasty', {}, { onStatus: (status) => statuses.push(status) });
  onTestFinished(() => connection.leave());
  expect(seats).toHaveLength(2);
  expect(connection.sessionId).toBe(seats[1]!.sessionId);
  expect(statuses.map(({ state }) => state)).toEqual(['connecting', 'online']);
  expect(await connection.rpc.call('session.get')).toMatchObject({ id: seats[1]!.sessionId, state: 'online' });
});

test('JN9 a join whose seat expired on the way to it takes another one: three at most, then it fails with a sentence', async () => {
  const { client, seats } = slowKit('never', Number.POSITIVE_INFINITY);
  await expect(client.join('hasty')).rejects.toMatchObject({
    name: 'SEAT_EXPIRED',
    sentence: errors.SEAT_EXPIRED.sentence,
  });
  expect(seats).toHaveLength(3);
});

afterAll(() => expect(server.platform.sessions.size).toBeLessThanOrEqual(1));
