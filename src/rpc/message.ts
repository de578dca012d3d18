import { getMessageBytes, Protocol } from '@colyseus/core';
import { RPC_MESSAGE, type Sequence } from '../../schema/index.ts';

/** `seq`: its number, of one that is sent again to who missed it. */
export function notification(method: string, params: object, seq?: Sequence): object {
  return seq === undefined ? { jsonrpc: '2.0', method, params } : { jsonrpc: '2.0', method, params, seq };
}

/** The room message that carries a JSON-RPC payload, in bytes of its own. */
export function messageOf(payload: object | string): Uint8Array {
  return getMessageBytes.raw(Protocol.ROOM_DATA, RPC_MESSAGE, payload);
}
