import type { ConnectionEnded, GatehouseError } from './errors.ts';

/**
 * Where a connection is in its life. A union: each state has only its own fields.
 *
 *     idle → connecting → online ⇄ reconnecting → failed
 *
 * `leave()` leads back to idle from anywhere. Times are milliseconds since 1970.
 */
export type ConnectionStatus =
  | { readonly state: 'idle' }
  | { readonly state: 'connecting'; readonly attempt: number }
  | {
      readonly state: 'online';
      /** Begin of this stretch: the join or the last return. */
      readonly since: number;
      /** Of the last answered ping; null before the first. */
      readonly roundTripMs: number | null;
    }
  | {
      readonly state: 'reconnecting';
      /** Why the connection was lost. */
      readonly reason: ConnectionEnded;
      /** 1 for the first attempt. */
      readonly attempt: number;
      /** What the pause before the attempt was when it was set; count down to `retryAt`. */
      readonly nextDelayMs: number;
      /** When the attempt starts; in the past while it is under way. */
      readonly retryAt: number;
    }
  | {
      readonly state: 'failed';
      /** ConnectionEnded of a player who was in, GatehouseError of one who was not let in. */
      readonly error: GatehouseError | ConnectionEnded;
    };

export type ConnectionState = ConnectionStatus['state'];

const followers: Record<ConnectionState, readonly ConnectionState[]> = {
  idle: ['connecting'],
  connecting: ['connecting', 'online', 'failed', 'idle'],
  online: ['online', 'reconnecting', 'failed', 'idle'],
  reconnecting: ['reconnecting', 'online', 'failed', 'idle'],
  failed: ['idle'],
};

/** True when the life of a connection may go from one state to the other. */
export function mayFollow(from: ConnectionState, to: ConnectionState): boolean {
  return followers[from].includes(to);
}
