/** What players notice of a node that is killed and of one that hands its rooms over: unmodified SDK clients, real Redis and NATS. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Room } from '@colyseus/sdk';
import { nodeFlags } from '../scripts/node-flags.ts';
import { signToken } from '../src/gate/dev-issuer.ts';
import { Child } from './child.ts';
import type { ServicesReady } from './servers/services.ts';

const [ROOMS, PLAYERS] = [10, 200];
/** The SDK comes back by itself when it has been in a room for five seconds. */
const SETTLE_MS = 6_000;
const MAX_MS = 20_000;
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

export async function benchContinuity(): Promise<string> {
  const rows = [
    '| event | back in the same seat | pause between patches, p50 | p99 | longest |',
    '|---|--:|--:|--:|--:|',
  ];
  rows.push(await measure('the node is killed (SIGKILL)', (node) => node.end('SIGKILL')));
  rows.push(await measure('the node is told to end (SIGTERM)', (node) => node.end('SIGTERM')));
  return [`${PLAYERS} players of the unmodified SDK in ${ROOMS} worlds at 60 Hz, two nodes`, '', ...rows].join('\n');
}

async function measure(name: string, event: (owner: NodeProcess) => Promise<void>): Promise<string> {
  await using services = new Child({ entry: new URL('./servers/services.ts', import.meta.url), args: {}, pin: [] });
  const ready = await services.ready<ServicesReady>();
  const nodes = [await startNode(ready)];
  try {
    const owner = nodes[0]!;
    // All worlds on it: there is no other node yet.
    const founders = await found(owner);
    const other = await startNode(ready);
    nodes.push(other);
    const players = await fill(other, founders);
    await pause(SETTLE_MS);
    const began = performance.now();
    for (const player of players) Object.assign(player, { gap: 0, lastPatchAt: began });
    const ended = event(owner);
    while (performance.now() - began < MAX_MS && players.some(({ backAt }) => backAt === undefined)) await pause(50);
    await ended;
    const back = players.filter(({ backAt, left, room, sessionId }) => backAt && !left && room.sessionId === sessionId);
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
async function fill(other: NodeProcess, founders: readonly Room[]): Promise<Player[]> {
  const players: Player[] = [];
  for (const [world, founder] of founders.entries()) {
    for (let i = 0; i < PLAYERS / ROOMS; i++) players.push(await play(other, founder.roomId, `player-${world}-${i}`));
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
