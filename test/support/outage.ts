import { Client, type Room } from '@colyseus/sdk';
import { expect } from 'vitest';
import { errors } from '../../schema/index.ts';
import type { Cluster, NodeProcess } from './cluster.ts';
import { matchmake } from './raw-client.ts';
import { rpc } from './rpc.ts';

const codes = new Set<number>(Object.values(errors).map(({ code }) => code));
/** Calls of each player while they play. */
const CALL_EVERY_MS = 100;

export interface OutageOptions {
  readonly cluster: Cluster;
  readonly nodes: readonly [NodeProcess, NodeProcess];
  /** Of a balancer in front of them. Default: each player goes to a node itself. */
  readonly url?: string;
  readonly players: number;
  /** Makes something go away; resolves when it is back. Calls `during` again and again meanwhile. */
  readonly outage: (during: () => Promise<void>) => Promise<void>;
}

/**
 * Players on two nodes play through an outage; one leaves in it and one loses
 * its socket. Nobody else is dropped, every failure is of the catalogue, and 5
 * seconds later everybody sees who is there.
 */
export async function endure({ cluster, nodes, url, players, outage }: OutageOptions): Promise<void> {
  const rooms: Room[] = [];
  const drops: Array<[string, number]> = [];
  const answered = { well: 0, failed: 0 };
  const foreign: unknown[] = [];

  const enter = async (node: NodeProcess, userId: string, roomName: string, method: 'joinOrCreate' | 'create') => {
    const client = new Client(url ?? node.url);
    client.auth.token = cluster.token(userId);
    const room = await client[method](roomName);
    room.onMessage('*', () => {});
    room.reconnection.minUptime = 0;
    room.onDrop((code) => drops.push([userId, code]));
    rooms.push(room);
    return room;
  };
  const ask = async (room: Room, method: string): Promise<void> => {
    const { error } = await rpc(room, method, {});
    if (error === undefined) answered.well += 1;
    else if (codes.has(error.code)) answered.failed += 1;
    else foreign.push(error);
  };

  const watchers = [
    await enter(nodes[0], 'walt', 'lobby', 'create'),
    await enter(nodes[1], 'wanda', 'lobby', 'create'),
  ];
  const users = Array.from({ length: players }, (_, i) => `player-${i}`);
  const worlds = await Promise.all(users.map((userId, i) => enter(nodes[i % 2]!, userId, 'world', 'joinOrCreate')));
  const leaver = await enter(nodes[1], 'leaver', 'world', 'joinOrCreate');
  const stumbler = await enter(nodes[0], 'stumbler', 'world', 'joinOrCreate');
  const sessions = [...worlds, stumbler].map(({ sessionId }) => sessionId);
  const status = (watcher: Room, userId: string): string | undefined => watcher.state?.users?.get(userId)?.status;
  for (const watcher of watchers) {
    for (const userId of [...users, 'leaver', 'stumbler']) {
      await expect.poll(() => status(watcher, userId)).toBe('online');
    }
  }

  const play = setInterval(() => {
    for (const room of worlds) if (room.connection.isOpen) void ask(room, 'system.ping');
  }, CALL_EVERY_MS);
  let turns = 0;
  await outage(async () => {
    turns += 1;
    if (turns === 2) await leaver.leave();
    if (turns === 3) {
      const back = new Promise((resolve) => stumbler.onReconnect(() => resolve(undefined)));
      stumbler.connection.close(4010);
      await back;
    }
    // What needs the others works, or fails from the catalogue; so does a join.
    await Promise.all(worlds.slice(0, 4).map((room) => ask(room, 'player.get')));
    const joining = await matchmake(url ?? nodes[turns % 2]!.url, 'joinOrCreate/world', {
      token: cluster.token('late'),
    });
    if (joining.status !== 200) expect(joining.body.code).toBe(errors.UNAVAILABLE.code);
  });
  const backAt = performance.now();

  for (const { url } of nodes) await expect.poll(async () => (await fetch(`${url}/health/ready`)).status).toBe(200);
  for (const watcher of watchers) {
    for (const userId of [...users, 'stumbler']) {
      await expect.poll(() => status(watcher, userId), { timeout: 5_000 }).toBe('online');
    }
    await expect.poll(() => status(watcher, 'leaver'), { timeout: 5_000 }).toBe('offline');
  }
  expect(performance.now() - backAt).toBeLessThan(5_000);

  // A newcomer meets the same world, whichever node is asked.
  for (const node of nodes)
    expect((await enter(node, 'newcomer', 'world', 'joinOrCreate')).roomId).toBe(worlds[0]!.roomId);
  clearInterval(play);
  expect(turns).toBeGreaterThan(3);
  expect(answered.well).toBeGreaterThan(players * 5);
  expect(foreign).toEqual([]);
  expect(drops.filter(([userId]) => userId !== 'stumbler')).toEqual([]);
  expect([...worlds, stumbler].map(({ sessionId }) => sessionId)).toEqual(sessions);
  for (const { process } of nodes) expect([process.exitCode, process.signalCode]).toEqual([null, null]);
  await Promise.all(rooms.filter(({ connection }) => connection.isOpen).map((room) => room.leave()));
}
