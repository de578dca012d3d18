import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Room } from '@colyseus/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { closeCodes } from '../../schema/index.ts';
import { Cluster, type NodeProcess } from '../support/cluster.ts';
import { matchmake } from '../support/raw-client.ts';
import { left } from '../support/rpc.ts';

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

test('CN17 a node that is told to end while Redis is away tells its players so, and ends in order', {
  timeout: 60_000,
}, async () => {
  const { cluster, nodes, world } = await start(true);
  await cluster.redis.stop();
  await expect.poll(() => isReady(nodes[0])).toBe(503);
  const code = left(world);
  await nodes[0].end('SIGTERM');
  expect(await code).toBe(closeCodes.SERVER_SHUTDOWN.code);
  expect(nodes[0].process.exitCode).toBe(0);
  await cluster.redis.restart();
  await expect.poll(() => isReady(nodes[1]), { timeout: 15_000 }).toBe(200);
  const answer = () => matchmake(nodes[1].url, 'joinOrCreate/world', { token: cluster.token('bob') });
  await expect.poll(async () => (await answer()).status, { timeout: 15_000 }).toBe(200);
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
