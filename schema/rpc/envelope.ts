/**
 * JSON-RPC 2.0 envelopes, as both ends use them. Decoded values in, decoded
 * values out: bytes are Colyseus's business (msgpack), JSON text only that of
 * tests.
 */
import { type ErrorName, errors } from '../errors.ts';
import type { Sequence } from './sequence.ts';

export type RpcId = string | number | null;

/**
 * A join option: `{ rpcBatches: true }` says that this client takes several messages of the server as one JSON-RPC
 * batch, an array, also of notifications. Others get each by itself.
 */
export const BATCHES_OPTION = 'rpcBatches';

/**
 * A join option: `{ stateChecks: true }` says that this client compares the state that it holds with the hashes that the
 * server sends (`state.check`). Others get none.
 */
export const CHECKS_OPTION = 'stateChecks';

export interface RpcRequest {
  jsonrpc: '2.0';
  method: string;
  params?: unknown;
  /** Absent: a notification, which is never answered. */
  id?: RpcId;
  /**
   * Of a notification of the server that is sent again to who missed it: its number (docs/recovery.md). JSON-RPC 2.0
   * does not know this member, and a peer that does not either loses nothing by ignoring it.
   */
  seq?: Sequence;
}

export interface RpcErrorObject {
  code: number;
  message: string;
  data?: unknown;
}

export type RpcResponse =
  | { jsonrpc: '2.0'; result: unknown; id: RpcId }
  | { jsonrpc: '2.0'; error: RpcErrorObject; id: RpcId };

export type RpcMessage = RpcRequest | RpcResponse;

export type Classified =
  | { kind: 'request'; method: string; params: unknown; id: RpcId }
  | { kind: 'notification'; method: string; params: unknown }
  | { kind: 'result'; id: RpcId; result: unknown }
  | { kind: 'error'; id: RpcId; error: RpcErrorObject }
  | { kind: 'invalid'; id: RpcId };

/** Longest method name that is looked at. */
export const MAX_METHOD_NAME = 128;
/** Longest string id that is accepted, and so the longest that is echoed. */
export const MAX_ID_LENGTH = 64;

function isId(value: unknown): value is RpcId {
  if (value === null) return true;
  if (typeof value === 'string') return value.length <= MAX_ID_LENGTH;
  return typeof value === 'number' && Number.isFinite(value);
}

function isErrorObject(value: unknown): value is RpcErrorObject {
  if (typeof value !== 'object' || value === null) return false;
  const error = value as Record<string, unknown>;
  return Number.isInteger(error.code) && typeof error.message === 'string';
}

/** Says what one envelope is. Never throws; anything that is not an envelope is `invalid`. */
export function classify(value: unknown): Classified {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { kind: 'invalid', id: null };
  const message = value as Record<string, unknown>;
  const hasId = Object.hasOwn(message, 'id') && message.id !== undefined;
  const id = hasId && isId(message.id) ? message.id : null;
  if (message.jsonrpc !== '2.0' || (hasId && !isId(message.id))) return { kind: 'invalid', id };
  if (typeof message.method === 'string') {
    const { method, params } = message;
    const structured = params === undefined || (typeof params === 'object' && params !== null);
    if (!structured || method.length > MAX_METHOD_NAME) return { kind: 'invalid', id };
    return hasId ? { kind: 'request', method, params, id } : { kind: 'notification', method, params };
  }
  if (message.method !== undefined || !hasId) return { kind: 'invalid', id };
  const hasResult = Object.hasOwn(message, 'result');
  const hasError = Object.hasOwn(message, 'error') && message.error !== undefined;
  if (hasError && !hasResult && isErrorObject(message.error)) return { kind: 'error', id, error: message.error };
  if (hasResult && !hasError) return { kind: 'result', id, result: message.result };
  return { kind: 'invalid', id };
}

export function errorObject(name: ErrorName, data?: unknown): RpcErrorObject {
  const { code, message } = errors[name];
  return data === undefined ? { code, message } : { code, message, data };
}

export function errorResponse(id: RpcId, name: ErrorName, data?: unknown): RpcResponse {
  return { jsonrpc: '2.0', error: errorObject(name, data), id };
}
