/** What players notice when their node is killed, hands its rooms over, or they all lose their connection: unmodified SDK clients, real Redis and NATS. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Room } from '@colyseus/sdk';
import { nodeFlags } from '../scripts/node-flags.ts';
import { signToken } from '../src/gate/dev-issuer.ts';
import { Child } from './child.ts';
import { crowdOf } from './delivery/crowd-of.ts';
import type { ServerReady } from './servers/serve.ts';
import type { ServicesReady } from './servers/services.ts';

const [ROOMS, PLAYERS] = [10, 500];
/** So few that the two cores have time for what is measured. */
const FEW = 20;
/** The SDK comes back by itself when it has been in a room for five seconds. */
const SETTLE_MS = 6_000;
const MAX_MS = 20_000;
const AFTER_MS = 1_000;
const MOVE_EVERY_MS = 1_000;
const ENV = {
  MAX_CONNECTIONS_PER_ADDRESS: '10000',
  JOINS_PER_ADDRESS: '100000',
  LOG_LEVEL: 'silent',
};

interface NodeProcess {
  readonly url: string;
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

interface Player {
  readonly room: Room;
  readonly sessionId: string;
  lastPatchAt: number;
  /** Since the event: the longest pause between two patches, in milliseconds. */
  gap: number;
  backAt: number | undefined;
  left: boolean;
}

/** What happens to the node that has all the worlds. */
type Event = (owner: NodeProcess, players: readonly Player[]) => Promise<void>;

const EVENTS: ReadonlyArray<readonly [name: string, event: Event]> = [
  ['the node is killed (SIGKILL)', (owner) => owner.end('SIGKILL')],
  ['the node is told to end (SIGTERM)', (owner) => owner.end('SIGTERM')],
  ['the rooms are moved, one after the other', moveAll],
  ['all connections are lost within a second', async (_owner, players) => players.forEach(cut)],
];

export async function benchContinuity(): Promise<string> {
  const rows = [
    '| event | back in the same seat | pause between patches, p50 | p99 | longest |',
    '|---|--:|--:|--:|--:|',
  ];
  for (const [name, event] of EVENTS) rows.push(await measure(name, event, PLAYERS));
  rows.push(await measure(`the rooms are moved, with ${FEW} players in all`, moveAll, FEW));
  const all = `${PLAYERS} players of the unmodified SDK in ${ROOMS} worlds at 60 Hz, all on one of two nodes`;
  return [all, '', ...rows, '', await snapshotCost()].join('\n');
}

async function measure(name: string, event: Event, count: number): Promise<string> {
  await using services = new Child({ entry: new URL('./servers/services.ts', import.meta.url), args: {}, pin: [] });
  const ready = await services.ready<ServicesReady>();
  const nodes = [await startNode(ready)];
  try {
    const owner = nodes[0]!;
    // All worlds on it: there is no other node yet.
    const founders = await found(owner);
    const other = await startNode(ready);
    nodes.push(other);
    const players = await fill(other, founders, count);
    await pause(SETTLE_MS);
    const began = performance.now();
    for (const player of players) Object.assign(player, { gap: 0, lastPatchAt: began });
    const ended = event(owner, players);
    while (performance.now() - began < MAX_MS && players.some(({ backAt }) => backAt === undefined)) await pause(50);
    await ended;
    const back = players.filter(({ backAt, left, room, sessionId }) => backAt && !left && room.sessionId === sessionId);
    // The first patch after the return, and what the crowd of those who return costs, is in it.
    await pause(AFTER_MS);
    const gaps = back.map(({ gap }) => gap).sort((a, b) => a - b);
    const at = (share: number) =>
      `${Math.round(gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))] ?? 0)} ms`;
    for (const { room } of players) {
      room.reconnection.enabled = false;
      room.connection.close();
    }
    return `| ${name} | ${back.length} of ${players.length} | ${at(0.5)} | ${at(0.99)} | ${at(1)} |`;
  } finally {
    for (const node of nodes) await node.end('SIGKILL');
  }
}

async function moveAll(owner: NodeProcess, players: readonly Player[]): Promise<void> {
  const headers = { Authorization: `Bearer ${signToken({ userId: 'olga', role: 'admin', tokenId: 'admin' })}` };
  for (const roomId of new Set(players.map(({ room }) => room.roomId))) {
    const response = await fetch(`${owner.url}/v1/admin/rooms/${roomId}/move`, { method: 'POST', headers });
    if (!response.ok) throw new Error(`a room was not moved: ${response.status}`);
    await pause(MOVE_EVERY_MS);
  }
}

/** As a phone that changes its network: nothing is said to the server. */
function cut({ room }: Player): void {
  (room.connection.transport as unknown as { ws: { close(): void } }).ws.close();
}

/** Of the world of a thousand of the delivery bench: a snapshot is taken on the loop, and sent beside it. */
async function snapshotCost(): Promise<string> {
  await using server = new Child({ entry: new URL('./delivery/world-server.ts', import.meta.url), args: {}, pin: [] });
  const { port } = await server.ready<ServerReady>();
  const rows: string[] = [];
  for (const players of [50, 200, 1_000]) {
    await using crowd = crowdOf(
      { port, rooms: { create: 'world', count: 1 }, players, name: 'p', inputsPerSecond: 5 },
      [],
    );
    await crowd.ready();
    await crowd.ask('run');
    await pause(2_000);
    const { ms, bytes } = await server.ask<{ ms: number; bytes: number }>('snapshot');
    rows.push(`| ${players} | ${ms.toFixed(2)} ms | ${(ms / 60).toFixed(3)} ms | ${(bytes / 1_024).toFixed(0)} KiB |`);
  }
  const head = '| players in the world | a snapshot, median | of each tick of 60 Hz, at one a second | its size |';
  return [head, '|--:|--:|--:|--:|', ...rows].join('\n');
}

async function startNode({ redisPort, natsPort }: ServicesReady): Promise<NodeProcess> {
  const child = spawn(process.execPath, [...nodeFlags, 'src/main.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      PORT: '0',
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
      NATS_URL: `nats://127.0.0.1:${natsPort}`,
      ...ENV,
    },
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = /Gatehouse is open at (\S+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once('exit', (code) => reject(new Error(`a node ended with ${code} before it was open`)));
  });
  return {
    url,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}

const tokenOf = (userId: string) => signToken({ userId, tokenId: `token-${userId}` });

async function found(owner: NodeProcess): Promise<Room[]> {
  const founders: Room[] = [];
  for (let world = 0; world < ROOMS; world++) {
    const client = new Client(owner.url);
    client.auth.token = tokenOf(`founder-${world}`);
    const room = await client.create('world');
    room.reconnection.enabled = false;
    room.onMessage('*', () => {});
    founders.push(room);
  }
  return founders;
}

/** Through the other node, as through a balancer that knows no paths. */
async function fill(other: NodeProcess, founders: readonly Room[], count: number): Promise<Player[]> {
  const players: Player[] = [];
  for (const [world, founder] of founders.entries()) {
    for (let i = 0; i < count / ROOMS; i++) players.push(await play(other, founder.roomId, `player-${world}-${i}`));
    await founder.leave();
  }
  return players;
}

async function play(node: NodeProcess, roomId: string, userId: string): Promise<Player> {
  const client = new Client(node.url);
  client.auth.token = tokenOf(userId);
  const room = await client.joinById(roomId);
  const { sessionId } = room;
  const player: Player = { room, sessionId, lastPatchAt: 0, gap: 0, backAt: undefined, left: false };
  room.onMessage('*', () => {});
  room.onStateChange(() => {
    const now = performance.now();
    player.gap = Math.max(player.gap, now - player.lastPatchAt);
    player.lastPatchAt = now;
  });
  room.onReconnect(() => {
    player.backAt = performance.now();
  });
  room.onLeave(() => {
    player.left = true;
  });
  return player;
}
