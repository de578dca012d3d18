import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Room } from '@colyseus/sdk';
import { expect, onTestFinished, test, vi } from 'vitest';
import { closeCodes } from '../../schema/index.ts';
import { Cluster, type NodeProcess } from '../support/cluster.ts';
import { matchmake, RawClient } from '../support/raw-client.ts';
import { lineTo } from '../support/redis-line.ts';
import { savedOnceMore } from '../support/shelter.ts';

/** `lobbyBeside` may have to try a few times. */
const MANY_JOINS = { JOINS_PER_USER: '1000' };

async function start(keep: boolean, env: Record<string, string> = {}) {
  const ends: Array<() => Promise<void>> = [];
  const cluster = await Cluster.start((end) => ends.push(end), { redis: { keep } });
  onTestFinished(async () => {
    for (const end of ends) await end();
  });
  const enter = async (
    node: NodeProcess,
    userId: string,
    roomName: string,
    method: 'joinOrCreate' | 'create' = 'create',
  ) => {
    const client = new Client(node.url);
    client.auth.token = cluster.token(userId);
    const room = await client[method](roomName);
    room.onMessage('*', () => {});
    room.reconnection.enabled = false;
    return room;
  };
  // Before there is another node that could be given the room.
  const first = await cluster.node({ ...MANY_JOINS, ...env });
  const world = await enter(first, 'ada', 'world');
  const nodes = [first, await cluster.node({ ...MANY_JOINS, ...env })] as const;
  /** A lobby on the other node: which one makes a room is decided by how busy they were a moment ago. */
  const lobbyBeside = async (other: Room): Promise<Room> => {
    for (;;) {
      const lobby = await enter(nodes[1], 'walt', 'lobby');
      if (nodeOf(lobby) !== nodeOf(other)) return lobby;
      await lobby.leave();
      await pause(200);
    }
  };
  return { cluster, nodes, world, lobbyBeside };
}

/** It is in the address that a room is reached under. */
const nodeOf = (room: Room): string =>
  new URL((room.connection.transport as unknown as { ws: { url: string } }).ws.url).pathname.split('/')[1]!;

const isReady = async ({ url }: NodeProcess) => (await fetch(`${url}/health/ready`)).status;
const listed = (lobby: Room, roomId: string): boolean => lobby.state?.rooms?.has(roomId) ?? false;

test('CN16 a room that empties while Redis is away is gone when it is back, and its name is free', {
  timeout: 60_000,
}, async () => {
  const { cluster, nodes, world, lobbyBeside } = await start(true);
  const lobby = await lobbyBeside(world);
  await expect.poll(() => listed(lobby, world.roomId)).toBe(true);
  await cluster.redis.stop();
  for (const node of nodes) await expect.poll(() => isReady(node)).toBe(503);
  await world.leave();
  await pause(1_000);
  await cluster.redis.restart();
  for (const node of nodes) await expect.poll(() => isReady(node), { timeout: 15_000 }).toBe(200);
  await expect.poll(() => listed(lobby, world.roomId)).toBe(false);
  for (const node of nodes) {
    const { status, body } = await matchmake(node.url, 'joinOrCreate/world', { token: cluster.token('bob') });
    expect({ status, body }).toMatchObject({ status: 200 });
    expect(body.roomId).not.toBe(world.roomId);
  }
});

test('CN17 a node that is told to end while Redis is away has its players come again, and ends in order; they are back when Redis is', {
  timeout: 60_000,
}, async () => {
  const { cluster, nodes } = await start(true);
  const player = await RawClient.join(nodes[0].url, cluster.token('bea'));
  await savedOnceMore(cluster, player.seat!.roomId);
  await cluster.redis.stop();
  await expect.poll(() => isReady(nodes[0])).toBe(503);
  await nodes[0].end('SIGTERM');
  expect((await player.closed).code).toBe(closeCodes.RECONNECT.code);
  expect(nodes[0].process.exitCode).toBe(0);
  await cluster.redis.restart();
  const back = () => RawClient.return(nodes[1].url, player, cluster.token('bea'));
  const returned = await vi.waitFor(back, { timeout: 20_000, interval: 1_000 });
  expect(returned.sessionId).toBe(player.sessionId);
  await returned.settled();
});

test('CN22 the only node of a deployment is restarted, and everybody is back in the same room and seat with all that was answered', {
  timeout: 60_000,
}, async () => {
  const cluster = await Cluster.start((end) => onTestFinished(end));
  const before = await cluster.node();
  const player = await RawClient.join(before.url, cluster.token('ada'));
  const { result: mark } = (await player.call('world.placeMark', { x: 10, y: 10, label: 'kept' })) as {
    result: { id: string; version: number };
  };
  // An unmodified SDK that came a moment ago would not come back at once.
  const client = new Client(before.url);
  client.auth.token = cluster.token('bea');
  const young = await client.joinOrCreate('world');
  young.onMessage('*', () => {});
  const isBack = new Promise<void>((resolve) => young.onReconnect(() => resolve()));
  await before.end('SIGTERM');
  expect(before.process.exitCode).toBe(0);
  expect((await player.closed).code).toBe(closeCodes.RECONNECT.code);
  // Where it was, as who supervises it does.
  const after = await cluster.node({ PORT: new URL(before.url).port });
  const returned = await RawClient.return(after.url, player, cluster.token('ada'));
  expect(returned.sessionId).toBe(player.sessionId);
  const moved = await returned.call('world.moveMark', { id: mark.id, x: 11, y: 10, ifVersion: mark.version });
  expect(moved).toHaveProperty('result');
  await isBack;
  // Nobody is given another world.
  const newcomer = await RawClient.join(after.url, cluster.token('cyd'));
  expect([young.roomId, newcomer.seat!.roomId]).toEqual([player.seat!.roomId, player.seat!.roomId]);
  await young.leave();
});

test('CN23 a node that alone has lost Redis lets its players go to the one that has their room', {
  timeout: 60_000,
}, async () => {
  const cluster = await Cluster.start((end) => onTestFinished(end));
  const line = await lineTo(cluster.redis);
  const alone = await cluster.node({ REDIS_URL: line.url });
  const player = await RawClient.join(alone.url, cluster.token('ada'));
  const other = await cluster.node();
  await savedOnceMore(cluster, player.seat!.roomId);
  line.refuse();
  expect((await player.closed).code).toBe(closeCodes.RECONNECT.code);
  expect((await fetch(`${alone.url}/health/serving`)).status).toBe(404);
  const back = () => RawClient.return(other.url, player, cluster.token('ada'));
  const returned = await vi.waitFor(back, { timeout: 20_000, interval: 1_000 });
  expect(returned.sessionId).toBe(player.sessionId);
  line.mend();
  await expect.poll(() => isReady(alone), { timeout: 15_000 }).toBe(200);
  expect((await fetch(`${alone.url}/health/serving`)).status).toBe(200);
  await returned.settled();
});

test('CN18 of a node that died while Redis lost its data no user stays online and no room listed', {
  timeout: 60_000,
}, async () => {
  const { cluster, nodes, world, lobbyBeside } = await start(false);
  const lobby = await lobbyBeside(world);
  const status = () => lobby.state?.users?.get('ada')?.status;
  await expect.poll(status).toBe('online');
  await expect.poll(() => listed(lobby, world.roomId)).toBe(true);
  await cluster.redis.stop();
  await nodes[0].end('SIGKILL');
  await cluster.redis.restart();
  await expect.poll(status, { timeout: 15_000 }).toBe('offline');
  await expect.poll(() => listed(lobby, world.roomId)).toBe(false);
  expect(lobby.state.users.get('walt').status).toBe('online');
});

// With snapshots another node takes the room over meanwhile: CY2.
test('CN19 without snapshots a node that hung and was cleaned up after is back in every lobby when it goes on, with its players', {
  timeout: 60_000,
}, async () => {
  const { nodes, world, lobbyBeside } = await start(true, { SNAPSHOT_INTERVAL: '0' });
  const lobby = await lobbyBeside(world);
  await expect.poll(() => listed(lobby, world.roomId)).toBe(true);
  nodes[0].process.kill('SIGSTOP');
  await expect.poll(() => listed(lobby, world.roomId), { timeout: 15_000 }).toBe(false);
  nodes[0].process.kill('SIGCONT');
  await expect.poll(() => listed(lobby, world.roomId)).toBe(true);
  await expect.poll(() => lobby.state.users.get('ada').status).toBe('online');
  expect(world.connection.isOpen).toBe(true);
});
