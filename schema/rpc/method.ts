import type { z } from 'zod';
import type { ErrorName } from '../errors.ts';

/** One method: everything that both ends and the OpenRPC document need to know about it. No handler. */
export interface MethodSpec<P extends z.ZodObject = z.ZodObject, R extends z.ZodType = z.ZodType> {
  /** One sentence for the OpenRPC document. */
  readonly summary: string;
  /** Always a strict object, so that an unknown extra param is refused. Positional params go by its key order. */
  readonly params: P;
  /** `z.null()` when there is nothing to say. */
  readonly result: R;
  /** Errors of its own, beside those that every method can answer with. */
  readonly errors?: readonly ErrorName[];
  /** How long a handler may take, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
  /** Calls of one session: so many a second on average, so many at once. Default 50 a second, 100 at once. */
  readonly rate?: { readonly perSecond: number; readonly burst: number };
  /** What a call costs of what a session may ask for in a second (`CALLS_PER_SECOND`): for methods that are dear. Default 1. */
  readonly cost?: number;
  /**
   * It changes nothing: a client that asks again after a return is answered anew. What others answer is kept for a
   * while, so that they are carried out once (docs/recovery.md).
   */
  readonly pure?: true;
  /**
   * Not lost with the room's owner, be it between two snapshots: the next one carries it out again
   * (docs/continuity.md). The handler answers at once, changes nothing but the room's state, and has its time and
   * randomness from `this.platform` only.
   */
  readonly journal?: true;
  /** Role that the token must carry. Default: any. */
  readonly role?: string;
}

/** Method name → what it takes and gives. */
export type MethodTable = Readonly<Record<string, MethodSpec>>;

/** Keeps the literal types of a table and checks its shape. */
export function defineMethods<T extends MethodTable>(table: T): T {
  return table;
}

/** What a caller passes. */
export type ParamsOf<T extends MethodTable, M extends keyof T> = z.input<T[M]['params']>;
/** What a handler gets: parsed, with defaults filled in. */
export type ParsedParamsOf<T extends MethodTable, M extends keyof T> = z.output<T[M]['params']>;
/** What a handler returns and a caller receives. */
export type ResultOf<T extends MethodTable, M extends keyof T> = z.output<T[M]['result']>;

export const DEFAULT_METHOD_TIMEOUT_MS = 5_000;
export const DEFAULT_METHOD_RATE = { perSecond: 50, burst: 100 } as const;

/** Errors that every method can answer with; a table need not repeat them. */
export const COMMON_ERRORS = [
  'INVALID_REQUEST',
  'METHOD_NOT_FOUND',
  'INVALID_PARAMS',
  'INTERNAL_ERROR',
  'FORBIDDEN',
  'TIMEOUT',
  'BATCH_TOO_LARGE',
  'RATE_LIMITED',
  'UNAVAILABLE',
] as const satisfies readonly ErrorName[];
