import { decode, type Iterator } from '@colyseus/schema';
import { unpack } from 'msgpackr';
import type { Sequence } from '../../../schema/index.ts';

export interface Message {
  readonly method: string;
  readonly params: { readonly text?: string; readonly recovered?: boolean; readonly last?: Sequence };
  readonly seq?: Sequence;
}

/** A JSON-RPC notification in the frame that carries it. */
export function readMessage(frame: Uint8Array): Message {
  const at: Iterator = { offset: 1 };
  decode.string(frame, at);
  return unpack(frame.subarray(at.offset)) as Message;
}
