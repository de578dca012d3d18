/** A player that speaks JSON-RPC, on a socket without an SDK. */
import { getMessageBytes, Protocol } from '@colyseus/core';
import { unpack } from 'msgpackr';
import type { WebSocket } from 'ws';
import { RPC_MESSAGE } from '../../schema/index.ts';
import { type Entrance, type Seat, sit } from '../load/join.ts';

/** What is read of a message that came. */
export interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly error?: unknown;
}

/** Kind and type: what is the same in front of each message. */
const HEAD = getMessageBytes.raw(Protocol.ROOM_DATA, RPC_MESSAGE).byteLength;

export class Player {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** `hear` gets each message at once. */
  static async sit(seat: Seat, entrance: Entrance, hear: (message: Message) => void): Promise<Player> {
    const socket = await sit(seat, entrance, (kind, frame) => {
      if (kind === Protocol.ROOM_DATA) hear(unpack(frame.subarray(HEAD)) as Message);
    });
    return new Player(socket);
  }

  get isHere(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  call(id: number, method: string, params: object): void {
    const request = { jsonrpc: '2.0', id, method, params };
    this.#socket.send(getMessageBytes.raw(Protocol.ROOM_DATA, RPC_MESSAGE, request));
  }

  /** In the ordinary way; its session ends. */
  leave(): void {
    this.#socket.send(Buffer.of(Protocol.LEAVE_ROOM));
  }
}
