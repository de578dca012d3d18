import { Client, type Room } from '@colyseus/sdk';
import { connect } from '@nats-io/transport-node';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { closeCodes } from '../../schema/index.ts';
import { RELAY_HEADER } from '../../src/cluster/relay-header.ts';
import { Cluster, type NodeProcess } from '../support/cluster.ts';
import { matchmake, RawClient, type Seat, seatPath } from '../support/raw-client.ts';
import { nextNotification, rpc } from '../support/rpc.ts';

const cluster = await Cluster.start((end) => afterAll(end));
const [one, two] = [await cluster.node(), await cluster.node()];

async function join(
  node: NodeProcess,
  userId: string,
  roomName: string,
  method: 'joinOrCreate' | 'create' = 'joinOrCreate',
): Promise<Room> {
  const client = new Client(node.url);
  client.auth.token = cluster.token(userId);
  const room = await client[method](roomName);
  room.onMessage('*', () => {});
  room.reconnection.minUptime = 0;
  onTestFinished(async () => {
    if (room.connection.isOpen) await room.leave();
  });
  return room;
}

// biome-ignore lint/suspicious/noExplicitAny: state as an unmodified client has it
const user = (lobby: Room, userId: string): any => lobby.state?.users?.get(userId)?.toJSON();

/** The node that owns a room, by the first part of the address that its client uses. */
async function ownerOf(room: Room): Promise<string> {
  return (await rpc(room, 'system.info', {})).result.node;
}

test('CN1 players on both nodes see one list of who is online', async () => {
  const watchers = [await join(one, 'walt', 'lobby', 'create'), await join(two, 'wanda', 'lobby', 'create')];
  const players = [await join(one, 'ada', 'world'), await join(two, 'bob', 'world')];
  for (const watcher of watchers) {
    for (const userId of ['ada', 'bob']) {
      await expect.poll(() => user(watcher, userId)).toMatchObject({ status: 'online', where: 'world' });
    }
  }
  await rpc(players[0]!, 'player.setStatus', { status: 'busy' });
  for (const watcher of watchers) await expect.poll(() => user(watcher, 'ada')?.status).toBe('busy');
  await players[0]!.leave();
  for (const watcher of watchers) await expect.poll(() => user(watcher, 'ada')?.status).toBe('offline');
});

test('CN2 whoever asks for the world gets the same one, whichever node is asked, and a connection to the wrong node is relayed', async () => {
  const [ada, bob] = [await join(one, 'ada', 'world'), await join(two, 'bob', 'world')];
  expect(bob.roomId).toBe(ada.roomId);
  expect(await ownerOf(bob)).toBe(await ownerOf(ada));
  await expect.poll(() => ada.state?.players?.size).toBe(2);
  await expect.poll(() => bob.state?.players?.size).toBe(2);
  const said = nextNotification(ada, 'world.said');
  await rpc(bob, 'world.say', { text: 'over the relay' });
  expect(await said).toMatchObject({ userId: 'bob', text: 'over the relay' });
});

test('CN3 a client that loses its socket comes back into the same session, relayed or not', async () => {
  const rooms = [await join(one, 'ada', 'world'), await join(two, 'bob', 'world')];
  for (const room of rooms) {
    const before = { id: room.sessionId, player: room.state?.players?.get(room.sessionId) };
    const back = new Promise<void>((resolve) => room.onReconnect(() => resolve()));
    // Without a code, which the SDK takes for a loss.
    (room.connection.transport as unknown as { ws: WebSocket }).ws.close();
    await back;
    expect(room.sessionId).toBe(before.id);
    expect(await rpc(room, 'session.get', {})).toMatchObject({ result: { id: before.id, state: 'online' } });
  }
});

test('CN4 a forged forwarding header is refused', async () => {
  const headers = { [RELAY_HEADER]: 'eyJmcm9tIjoieCJ9.AAAA' };
  await expect(RawClient.connect(one.url, '/a/b?sessionId=c', { headers })).rejects.toThrow('403');
});

test('CN5 a request for a room that never was, or whose node never was, is told so', async () => {
  const seat = { name: 'world', processId: 'nobody', roomId: 'nowhere', sessionId: 'nothing' } as Seat;
  const client = await RawClient.connect(one.url, seatPath(seat));
  expect(Object.values(closeCodes).map(({ code }) => code)).toContain((await client.closed).code);
});

test('CN6 a service with nothing but a NATS client reaches a player on whichever node', async () => {
  const [ada, bob] = [await join(one, 'ada', 'world', 'create'), await join(two, 'bob', 'world', 'create')];
  const service = await connect({ servers: `127.0.0.1:${cluster.nats.port}` });
  onTestFinished(() => service.close());
  const heard = [nextNotification(ada, 'shop.sold'), nextNotification(bob, 'shop.sold')];
  for (const userId of ['ada', 'bob']) {
    service.publish(
      `gatehouse.user.${userId}.notify`,
      JSON.stringify({ v: 1, method: 'shop.sold', params: { to: userId } }),
    );
  }
  expect(await Promise.all(heard)).toEqual([{ to: 'ada' }, { to: 'bob' }]);
});

test('CN7 a node that is killed: listings, sessions and presence are right within 5 seconds, and new joins work at once', async () => {
  const doomed = await cluster.node();
  const watcher = await join(one, 'walt', 'lobby', 'create');
  // A new room goes to the node with the fewest connections, as soon as the others know of it.
  const madeThere = (room: Room) =>
    doomed.lines.some(({ msg, room: id }) => msg === 'room created' && id === room.roomId);
  let room = await join(doomed, 'dora', 'world', 'create');
  const again = async () => {
    if (madeThere(room)) return true;
    await room.leave();
    room = await join(doomed, 'dora', 'world', 'create');
    await rpc(room, 'system.ping', {});
    return madeThere(room);
  };
  await expect.poll(again, { interval: 250 }).toBe(true);
  await expect.poll(() => user(watcher, 'dora')).toMatchObject({ status: 'online' });
  await expect.poll(() => watcher.state.rooms.has(room.roomId)).toBe(true);
  const owner = await ownerOf(room);
  room.reconnection.enabled = false;
  const killedAt = Date.now();
  await doomed.end('SIGKILL');
  const joined = await join(two, 'eve', 'world');
  expect(await ownerOf(joined)).not.toBe(owner);
  await expect.poll(() => user(watcher, 'dora')?.status, { interval: 50 }).toBe('offline');
  await expect.poll(() => watcher.state.rooms.has(room.roomId), { interval: 50 }).toBe(false);
  expect(Date.now() - killedAt).toBeLessThan(5_500);
  const gone = await matchmake(one.url, `joinById/${room.roomId}`, { token: cluster.token('fay') });
  expect(gone).toMatchObject({ status: 404 });
});
