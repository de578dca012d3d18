/** A player without an SDK: what the SDK does on the wire, and nothing else, so that the load stays cheap. */
import { Protocol } from '@colyseus/core';
import { WebSocket } from 'ws';

const HTTP_MS = 10_000;
const KIND_MASK = 0x1f;

export interface Door {
  readonly port: number;
  readonly token: string | undefined;
  /** Which room: what stands behind `/matchmake/`, such as `joinById/{roomId}`. */
  readonly path: string;
  readonly options?: object;
}

export interface Seat {
  readonly sessionId: string;
  readonly processId: string;
  readonly roomId: string;
}

/** Where a seat is taken. */
export type Entrance = Pick<Door, 'port' | 'token'>;

/** Called with each frame after the handshake. */
export type OnFrame = (kind: number, frame: Buffer) => void;

/** Takes a seat and joins. Resolves when the first state is here. */
export async function join(door: Door, onFrame: OnFrame): Promise<WebSocket> {
  return sit(await reserve(door), door, onFrame);
}

export async function reserve({ port, token, path, options = {} }: Door): Promise<Seat> {
  const response = await fetch(`http://127.0.0.1:${port}/matchmake/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(options),
    signal: AbortSignal.timeout(HTTP_MS),
  });
  if (!response.ok) throw new Error(`no seat: HTTP ${response.status} ${await response.text()}`);
  return (await response.json()) as Seat;
}

/** Takes a reserved seat. Resolves when the first state is here. */
export async function sit(seat: Seat, { port, token }: Entrance, onFrame: OnFrame): Promise<WebSocket> {
  const query = new URLSearchParams({
    sessionId: seat.sessionId,
    ...(token === undefined ? {} : { _authToken: token }),
  });
  const socket = new WebSocket(`ws://127.0.0.1:${port}/${seat.processId}/${seat.roomId}?${query}`, {
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code) => reject(new Error(`the server closed a joining player (${code})`)));
    socket.on('message', (frame: Buffer) => {
      const kind = frame[0]! & KIND_MASK;
      if (kind === Protocol.JOIN_ROOM) socket.send(Buffer.of(Protocol.JOIN_ROOM));
      else if (kind === Protocol.ROOM_STATE) resolve();
      else if (kind === Protocol.ERROR) reject(new Error(`the server refused a player: ${frame.toString('latin1')}`));
      else onFrame(kind, frame);
    });
  });
  return socket;
}
