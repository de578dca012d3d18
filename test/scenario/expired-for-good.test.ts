/** The sign-in of a player ends, and the application has no new one: what is the player told? */
import { expect, onTestFinished, test } from 'vitest';
import { type ConnectionStatus, GatehouseClient, type RoomConnection } from '../../client/src/index.ts';
import { closeCodes } from '../../schema/index.ts';
import { growth } from '../support/bystander.ts';
import { startGatehouse } from '../support/gatehouse.ts';

const server = await startGatehouse({
  EXPIRY_NOTICE: '1',
  EXPIRY_GRACE: '0',
  JWT_LEEWAY: '0',
  RECONNECT_WINDOW: '3',
});
const { counters } = server.platform;

interface Asked {
  token: () => string;
  /** How long the kit tries to come back, in milliseconds. */
  windowMs: number;
}

async function join({ token, windowMs }: Asked): Promise<{ connection: RoomConnection; statuses: ConnectionStatus[] }> {
  const client = new GatehouseClient({ url: server.url, token, reconnect: { baseMs: 100, capMs: 300, windowMs } });
  const statuses: ConnectionStatus[] = [];
  const connection = await client.join('lobby', {}, { onStatus: (status) => statuses.push(status) });
  onTestFinished(() => connection.leave());
  return { connection, statuses };
}

function comesTo(connection: RoomConnection, state: ConnectionStatus['state']): Promise<void> {
  return new Promise((resolve) => {
    const off = connection.on('status', (status) => {
      if (status.state !== state) return;
      off();
      resolve();
    });
  });
}

// The kit gives up before the server does, and after it: then the server says that the seat is gone.
const windows: Array<[string, number]> = [
  ['the kit gives up first', 1_500],
  ['the server gives the seat up first', 8_000],
];
test.each(windows)(
  'JN10 a player whose token function has no good token any more is told TOKEN_EXPIRED in the end: %s',
  async (_name, windowMs) => {
    const before = counters.all();
    const only = server.token('ada', { ttlSeconds: 2 });
    const { connection, statuses } = await join({ token: () => only, windowMs });
    const left = new Promise((resolve) => connection.room.onLeave(resolve));
    await comesTo(connection, 'failed');
    expect(connection.status).toMatchObject({
      state: 'failed',
      error: { name: 'TOKEN_EXPIRED', next: 'refresh', sentence: closeCodes.TOKEN_EXPIRED.sentence },
    });
    expect(await left).toBe(closeCodes.TOKEN_EXPIRED.code);
    // On the way there, too, the reason is the sign-in.
    const reasons = statuses.flatMap((status) => (status.state === 'reconnecting' ? [status.reason.name] : []));
    expect(reasons.length).toBeGreaterThan(1);
    expect(new Set(reasons)).toEqual(new Set(['TOKEN_EXPIRED']));
    expect(growth(before, counters.all())['returns_refused:TOKEN_EXPIRED']).toBeGreaterThan(0);
  },
);

test('JN10 a player whose token function is late is in again, and a seat that is lost later is told as such', async () => {
  const first = server.token('bob', { ttlSeconds: 2 });
  let asked = 0;
  const token = () => (++asked <= 4 ? first : server.token('bob'));
  const { connection, statuses } = await join({ token, windowMs: 8_000 });
  await comesTo(connection, 'reconnecting');
  await comesTo(connection, 'online');
  expect(asked).toBeGreaterThan(4);
  // Now the seat goes for another reason: what was before is no reason any more.
  const { session } = { session: server.platform.sessions.get(connection.sessionId)! };
  const dropped = comesTo(connection, 'reconnecting');
  const failed = comesTo(connection, 'failed');
  [...server.connections].find(({ sessionId }) => sessionId === session.id)!.socket.terminate();
  await dropped;
  session.stopWaiting?.();
  await failed;
  expect(connection.status).toMatchObject({ state: 'failed', error: { name: 'SEAT_GONE' } });
  expect(statuses.filter(({ state }) => state === 'online')).toHaveLength(2);
});
