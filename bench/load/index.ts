/** The load: one process with all players. */
import type { WebSocket } from 'ws';
import type { BenchRoomOptions } from '../game.ts';
import { argsFromBench, cpuMicros, serveBench } from '../parent.ts';
import { tokenOf } from '../tokens.ts';
import type { Load, Side } from '../workloads.ts';
import { callOf } from './calls.ts';
import { enter } from './enter.ts';
import { sendInputs } from './inputs.ts';

export interface LoadArgs extends Load {
  readonly side: Side;
  /** One room is made at each of these, with an even share of the players. */
  readonly ports: readonly number[];
}

/** Since the process was started. */
export interface LoadCount {
  /** Milliseconds on a clock of this process. */
  at: number;
  cpuMicros: number;
  frames: number;
  frameBytes: number;
  inputs: number;
  replies: number;
  /** Replies that are not what was asked for. */
  wrong: number;
  /** Connections that ended. */
  closed: number;
}

/** Joins that run at once. */
const JOINING = 10;

const { side, ports, players, inputsPerSecond, callsInFlight } = argsFromBench<LoadArgs>();
const call = callOf[side];
const count: LoadCount = { at: 0, cpuMicros: 0, frames: 0, frameBytes: 0, inputs: 0, replies: 0, wrong: 0, closed: 0 };
const options: BenchRoomOptions = { quiet: callsInFlight > 0 };
const sockets: WebSocket[] = [];
let running = false;

for (const [room, port] of ports.entries()) await fill(port, share(room), share(room + 1));
if (inputsPerSecond > 0) {
  sendInputs(
    sockets,
    inputsPerSecond,
    () => running,
    (sent) => {
      count.inputs += sent;
    },
  );
}
serveBench(
  {},
  {
    run: () => setRunning(true),
    rest: () => setRunning(false),
    read: (): LoadCount => ({ ...count, at: performance.now(), cpuMicros: cpuMicros() }),
  },
);

function setRunning(on: boolean): object {
  running = on;
  if (on) for (const socket of sockets) for (let i = 0; i < callsInFlight; i++) socket.send(call.request);
  return {};
}

/** The first player of a room. One room after the other: a burst of inputs then is one room's, as if it were alone. */
function share(room: number): number {
  return Math.round((room * players) / ports.length);
}

async function fill(port: number, from: number, to: number): Promise<void> {
  // Who opens the room sits in it before anybody else asks for it.
  const roomId = await play(from, port, undefined);
  for (let first = from + 1; first < to; first += JOINING) {
    const count = Math.min(JOINING, to - first);
    await Promise.all(Array.from({ length: count }, (_, i) => play(first + i, port, roomId)));
  }
}

async function play(index: number, port: number, room: string | undefined): Promise<string | undefined> {
  const way = { port, token: tokenOf(`p${index}`), roomId: room, options };
  const { socket, roomId } = await enter[side](way, {
    frame(bytes) {
      count.frames += 1;
      count.frameBytes += bytes;
    },
    reply(reply) {
      if (callsInFlight === 0) return;
      count.replies += 1;
      if (!call.reply.equals(reply)) count.wrong += 1;
      if (running) socket.send(call.request);
    },
  });
  socket.on('close', () => {
    count.closed += 1;
  });
  sockets.push(socket);
  return roomId;
}
