import {
  type ClientMethods,
  clientMethods,
  type MethodTable,
  type ServerMethods,
  serverMethods,
} from '@gatehouse/schema';
import { type Clock, systemClock } from './clock.ts';
import { GatehouseError } from './errors.ts';
import { type SessionStorage, storageOfPage } from './kept-sessions.ts';
import { harmlessLog, type Log } from './log.ts';
import { DEFAULT_RECONNECT, type ReconnectOptions } from './reconnect-policy.ts';
import type { Token } from './token-source.ts';

export interface GatehouseClientOptions<S extends MethodTable = ServerMethods, C extends MethodTable = ClientMethods> {
  /** Address of the server: `ws://`, `wss://`, `http://` or `https://`. */
  readonly url: string;
  /**
   * The user's token, or a function that gets a valid one. With a fixed token the
   * player is out when it expires; with a function the kit renews it in time.
   */
  readonly token: Token;
  /** Gets an entry for whatever a developer may want to know. Default: silence. */
  readonly log?: Log;
  /** 0 ≤ value < 1, for jitter. Default `Math.random`. */
  readonly random?: () => number;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** How attempts to come back are spread. */
  readonly reconnect?: Partial<ReconnectOptions>;
  /**
   * Rpc messages that wait for a connection at most; the next one is refused with
   * QUEUE_FULL. More lets a player act longer while away, and makes a larger burst
   * on return, which the server may refuse as RATE_LIMITED. Default 64.
   */
  readonly queueLimit?: number;
  /** Calls without an answer at most, those that wait included. Default 256. */
  readonly pendingLimit?: number;
  /** Milliseconds between pings, each of 1 byte either way; 0 turns them off, and with them `silenceMs`. Default 2,000. */
  readonly roundTripEveryMs?: number;
  /**
   * After so many milliseconds without any frame the kit gives up the socket and
   * comes back on another. Less finds a dead network sooner and takes a stalled
   * server for one; more than the server's window loses the seat. Default 15,000.
   */
  readonly silenceMs?: number;
  /**
   * Whether the state is compared with the server's hash of it every few seconds, and sent anew where it differs. Costs
   * the time to walk over the state each time. Default true.
   */
  readonly stateChecks?: boolean;
  /** How long one attempt to join may take, in milliseconds. Default 15,000. */
  readonly joinTimeoutMs?: number;
  /**
   * Where it is kept how to come back into a session after a reload: written when the page goes, taken out by the next
   * `join` of the room. Null keeps nothing: each page joins anew, and its session waits for the server's window.
   * Default: the page's `sessionStorage`, which lives as long as the tab; where there is none, nothing. What lies there
   * can be read by every script of the page, as the user's token can.
   */
  readonly storage?: SessionStorage | null;
  /** What `rpc.call` knows. Default: the tables of `@gatehouse/schema`. */
  readonly serverMethods?: S;
  /** What `rpc.serve` knows. Default: the tables of `@gatehouse/schema`. */
  readonly clientMethods?: C;
}

/** The options with every default in place and every number in its range. */
export interface Kit<S extends MethodTable, C extends MethodTable> {
  readonly log: Log;
  readonly random: () => number;
  readonly clock: Clock;
  readonly reconnect: ReconnectOptions;
  readonly queueLimit: number;
  readonly pendingLimit: number;
  readonly roundTripEveryMs: number;
  readonly silenceMs: number;
  readonly stateChecks: boolean;
  readonly joinTimeoutMs: number;
  readonly storage: SessionStorage | null;
  readonly serverMethods: S;
  readonly clientMethods: C;
}

/** Throws INVALID_PARAMS for a number out of its range. */
export function resolveKit<S extends MethodTable, C extends MethodTable>(
  options: Omit<GatehouseClientOptions<S, C>, 'url' | 'token'>,
): Kit<S, C> {
  const { baseMs, capMs, windowMs } = { ...DEFAULT_RECONNECT, ...options.reconnect };
  return {
    log: harmlessLog(options.log),
    random: options.random ?? Math.random,
    clock: options.clock ?? systemClock,
    reconnect: {
      baseMs: atLeast(1, 'reconnect.baseMs', baseMs),
      capMs: atLeast(1, 'reconnect.capMs', capMs),
      windowMs: atLeast(0, 'reconnect.windowMs', windowMs),
    },
    queueLimit: atLeast(0, 'queueLimit', options.queueLimit ?? 64),
    pendingLimit: atLeast(1, 'pendingLimit', options.pendingLimit ?? 256),
    roundTripEveryMs: atLeast(0, 'roundTripEveryMs', options.roundTripEveryMs ?? 2_000),
    silenceMs: atLeast(1, 'silenceMs', options.silenceMs ?? 15_000),
    stateChecks: options.stateChecks ?? true,
    joinTimeoutMs: atLeast(1, 'joinTimeoutMs', options.joinTimeoutMs ?? 15_000),
    storage: options.storage === undefined ? storageOfPage() : options.storage,
    // Without tables of their own, S and C are the defaults; TypeScript cannot see that from here.
    serverMethods: options.serverMethods ?? (serverMethods as MethodTable as S),
    clientMethods: options.clientMethods ?? (clientMethods as MethodTable as C),
  };
}

function atLeast(least: number, name: string, value: number): number {
  if (value >= least) return value;
  throw GatehouseError.of('INVALID_PARAMS', { message: `${name} must be ${least} or more, not ${value}` });
}
