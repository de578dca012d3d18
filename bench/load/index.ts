/** The load: one process with all players. */
import { Protocol } from '@colyseus/core';
import type { WebSocket } from 'ws';
import type { BenchRoomOptions } from '../game.ts';
import { argsFromBench, cpuMicros, serveBench } from '../parent.ts';
import type { Load, Side } from '../workloads.ts';
import { callOf } from './calls.ts';
import { sendInputs } from './inputs.ts';
import { join } from './join.ts';

export interface LoadArgs extends Load {
  readonly side: Side;
  readonly port: number;
  readonly tokens: readonly string[];
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

const { side, port, tokens, players, inputsPerSecond, callsInFlight } = argsFromBench<LoadArgs>();
const call = callOf[side];
const count: LoadCount = { at: 0, cpuMicros: 0, frames: 0, frameBytes: 0, inputs: 0, replies: 0, wrong: 0, closed: 0 };
const options: BenchRoomOptions = { quiet: callsInFlight > 0 };
const sockets: WebSocket[] = [];
let running = false;

for (let first = 0; first < players; first += JOINING) {
  const batch = Array.from({ length: Math.min(JOINING, players - first) }, (_, i) => play(first + i));
  sockets.push(...(await Promise.all(batch)));
}
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

async function play(index: number): Promise<WebSocket> {
  const socket = await join({ port, token: tokens[index], options }, (kind, frame) => {
    if (kind === Protocol.ROOM_STATE_PATCH) {
      count.frames += 1;
      count.frameBytes += frame.byteLength;
    } else if (callsInFlight > 0) {
      count.replies += 1;
      if (!call.reply.equals(frame)) count.wrong += 1;
      if (running) socket.send(call.request);
    }
  });
  socket.on('close', () => {
    count.closed += 1;
  });
  return socket;
}
