/** How a player gets in, and what they hear there, with each kind of server: the least that its clients do on the wire. */
import { Protocol } from '@colyseus/core';
import { WebSocket } from 'ws';
import type { BenchRoomOptions } from '../game.ts';
import type { Side } from '../workloads.ts';
import { reserve, sit } from './join.ts';

export interface Way {
  readonly port: number;
  readonly token: string | undefined;
  /** Absent: this player opens the room. */
  readonly roomId: string | undefined;
  readonly options: BenchRoomOptions;
}

export interface Ears {
  /** One of those that the whole room gets. */
  frame(bytes: number): void;
  /** Anything else. */
  reply(reply: Buffer): void;
}

export interface Entered {
  readonly socket: WebSocket;
  /** Where there are rooms that one asks for. */
  readonly roomId?: string;
}

/** Resolves when the player is in. */
export const enter: Record<Side, (way: Way, ears: Ears) => Promise<Entered>> = {
  colyseus: enterRoom,
  gatehouse: enterRoom,
  socketio: enterSocketIo,
  ws: enterPlain,
};

async function enterRoom({ port, token, roomId, options }: Way, ears: Ears): Promise<Entered> {
  const path = roomId === undefined ? 'create/bench' : `joinById/${roomId}`;
  const seat = await reserve({ port, token, path, options });
  const socket = await sit(seat, { port, token }, (kind, frame) => {
    if (kind === Protocol.ROOM_STATE_PATCH) ears.frame(frame.byteLength);
    else ears.reply(frame);
  });
  return { socket, roomId: seat.roomId };
}

/** Frames are binary, answers are text. */
async function enterPlain({ port }: Way, ears: Ears): Promise<Entered> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false });
  socket.on('message', (message: Buffer, isBinary) => {
    if (isBinary) ears.frame(message.byteLength);
    else ears.reply(message);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.on('error', reject);
  });
  return { socket };
}

/** Packets of Engine.IO and of Socket.IO inside: what a text begins with. A binary event is one text, then its bytes. */
const packets = { open: '0', ping: '2', pong: '3', connect: '40', binaryEvent: '451-' } as const;

async function enterSocketIo({ port }: Way, ears: Ears): Promise<Entered> {
  const url = `ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`;
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const is = (message: Buffer, packet: string) => message.toString('latin1', 0, packet.length) === packet;
  let headBytes = 0;
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code) => reject(new Error(`the server closed a joining player (${code})`)));
    socket.on('message', (message: Buffer, isBinary) => {
      if (isBinary) ears.frame(headBytes + message.byteLength);
      else if (is(message, packets.binaryEvent)) headBytes = message.byteLength;
      else if (is(message, packets.ping)) socket.send(packets.pong);
      else if (is(message, packets.open)) socket.send(packets.connect);
      else if (is(message, packets.connect)) resolve();
      else ears.reply(message);
    });
  });
  return { socket };
}
