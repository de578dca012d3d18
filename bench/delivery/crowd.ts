/** Many clients in one process. They get every patch, look at none, and may walk about. */
import type { Socket } from 'node:net';
import { Protocol } from '@colyseus/core';
import type { WebSocket } from 'ws';
import { signToken } from '../../src/gate/dev-issuer.ts';
import type { LoadCount } from '../load/index.ts';
import { type Entrance, reserve, sit } from '../load/join.ts';
import { argsFromBench, cpuMicros, serveBench } from '../parent.ts';
import { SECRET } from '../tokens.ts';
import { Intervals } from './Intervals.ts';
import { Walkers } from './Walkers.ts';

export interface CrowdArgs {
  readonly port: number;
  /** Name of the room that is made, one for each share of the players; or rooms that are there, by their ids. */
  readonly rooms: { readonly create: string; readonly count: number } | { readonly ids: readonly string[] };
  readonly players: number;
  /** Their user ids begin with it; where the server knows no users, nobody asks. */
  readonly name: string;
  /** Names to be seen, of the first players. */
  readonly names?: readonly string[];
  readonly inputsPerSecond?: number;
}

export interface CrowdReady {
  readonly roomIds: readonly string[];
}

/** Since the process was started. */
export interface CrowdCount extends LoadCount {
  /** What the sockets have read, with the framing of WebSocket. */
  readonly bytesRead: number;
}

/** Joins that run at once. */
const JOINING = 10;

const { port, rooms, players, name, names = [], inputsPerSecond = 0 } = argsFromBench<CrowdArgs>();
const count = { frames: 0, frameBytes: 0, replies: 0, wrong: 0, closed: 0 };
const intervals = new Intervals();
const sockets: WebSocket[] = [];
const roomCount = 'ids' in rooms ? rooms.ids.length : rooms.count;
const roomIds: string[] = [];

for (let room = 0; room < roomCount; room++) roomIds.push(await fill(room));
const walkers = new Walkers({ sockets, perSecond: inputsPerSecond });
serveBench({ roomIds } satisfies CrowdReady, {
  run: () => walkers.go(),
  rest: () => walkers.stop(),
  read: (): CrowdCount => ({
    ...count,
    at: performance.now(),
    cpuMicros: cpuMicros(),
    inputs: walkers.sent,
    bytesRead: sockets.reduce((sum, socket) => sum + bytesReadBy(socket), 0),
  }),
  'intervals begin': () => intervals.begin(),
  intervals: () => intervals.end(),
  pause: () => each((socket) => socket.pause()),
  resume: () => each((socket) => socket.resume()),
});

/** One room after the other. */
async function fill(room: number): Promise<string> {
  const share = (index: number) => Math.round((index * players) / roomCount);
  // Who opens the room sits in it before anybody else asks for it.
  const path = 'ids' in rooms ? `joinById/${rooms.ids[room]}` : `create/${rooms.create}`;
  const roomId = await play(share(room), path);
  for (let first = share(room) + 1; first < share(room + 1); first += JOINING) {
    const length = Math.min(JOINING, share(room + 1) - first);
    await Promise.all(Array.from({ length }, (_, i) => play(first + i, `joinById/${roomId}`)));
  }
  return roomId;
}

async function play(index: number, path: string): Promise<string> {
  const userId = `${name}${index}`;
  const token = signToken({ userId, tokenId: `token-${userId}`, name: names[index] }, SECRET);
  const entrance: Entrance = { port, token };
  const seat = await reserve({ ...entrance, path });
  let last = 0;
  const socket = await sit(seat, entrance, (kind, frame) => {
    if (kind !== Protocol.ROOM_STATE_PATCH) return;
    count.frames += 1;
    count.frameBytes += frame.byteLength;
    const now = performance.now();
    intervals.add(last, now);
    last = now;
  });
  socket.on('close', () => {
    count.closed += 1;
  });
  sockets.push(socket);
  return seat.roomId;
}

/** The library has no other way to its socket. */
function bytesReadBy(socket: WebSocket): number {
  return (socket as unknown as { readonly _socket: Socket | null })._socket?.bytesRead ?? 0;
}

function each(act: (socket: WebSocket) => void): object {
  for (const socket of sockets) act(socket);
  return {};
}
