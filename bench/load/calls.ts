/** The bytes of one call and of its reply, in the words of each server. Made once: the load must stay cheap. */
import { getMessageBytes, Protocol, ResponseStatus } from '@colyseus/core';
import { RPC_MESSAGE } from '../../schema/index.ts';
import { PING, ping } from '../game.ts';
import type { Side } from '../workloads.ts';

export interface Call {
  /** A string is sent as text. */
  readonly request: Buffer | string;
  /** What a right answer looks like, byte by byte. */
  readonly reply: Buffer;
}

const ID = 7;
const ECHO = 5;

export const callOf: Record<Side, Call> = {
  gatehouse: {
    request: getMessageBytes.raw(Protocol.ROOM_DATA, RPC_MESSAGE, {
      jsonrpc: '2.0',
      id: ID,
      method: PING,
      params: { echo: ECHO },
    }),
    reply: getMessageBytes.raw(Protocol.ROOM_DATA, RPC_MESSAGE, { jsonrpc: '2.0', result: ping(ECHO), id: ID }),
  },
  colyseus: {
    // The kind, the id of the request, then type and payload as a message has them.
    request: Buffer.concat([
      Buffer.of(Protocol.ROOM_REQUEST, ID),
      getMessageBytes.raw(Protocol.ROOM_DATA, PING, { echo: ECHO }).subarray(1),
    ]),
    reply: getMessageBytes[Protocol.ROOM_RESPONSE](ID, ResponseStatus.OK, ping(ECHO)),
  },
  // An event with an id, and its acknowledgement.
  socketio: {
    request: `42${ID}${JSON.stringify([PING, { echo: ECHO }])}`,
    reply: Buffer.from(`43${ID}${JSON.stringify([ping(ECHO)])}`),
  },
  ws: {
    request: JSON.stringify({ id: ID, echo: ECHO }),
    reply: Buffer.from(JSON.stringify({ id: ID, result: ping(ECHO) })),
  },
};
