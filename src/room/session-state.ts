import type { Client } from '@colyseus/core';
import type { Connection } from '../socket/Connection.ts';
import type { PlayerSocket } from '../socket/PlayerSocket.ts';

/**
 * What a session is doing. Each state has only the fields that exist in it.
 *
 * ```
 * joining → online ⇄ away
 *              ↓↑ ↙
 *           dropped      any → moving → online | dropped      any → gone
 * ```
 */
export type SessionState =
  /** Has a seat; the room has not let it in yet. */
  | { readonly name: 'joining'; readonly since: number; readonly connection: Connection }
  | { readonly name: 'online'; readonly since: number; readonly connection: Connection }
  /** Connected, but its user chose to be away. */
  | { readonly name: 'away'; readonly since: number; readonly connection: Connection }
  /** Without a connection; the seat is kept until `until`. `code` is how the connection ended. */
  | { readonly name: 'dropped'; readonly since: number; readonly until: number; readonly code: number }
  /** Its room is on the way to another node. */
  | { readonly name: 'moving'; readonly since: number; readonly to: string }
  | { readonly name: 'gone'; readonly since: number; readonly code: number };

type Name = SessionState['name'];

const allowed: Readonly<Record<Name, readonly Name[]>> = {
  joining: ['online', 'gone'],
  online: ['away', 'dropped', 'moving', 'gone'],
  away: ['online', 'dropped', 'moving', 'gone'],
  dropped: ['online', 'away', 'moving', 'gone'],
  moving: ['online', 'away', 'dropped', 'gone'],
  gone: [],
};

export function mayBecome(from: Name, to: Name): boolean {
  return allowed[from].includes(to);
}

/** The connection of a session that has one. */
export function connectionOf(state: SessionState): Connection | undefined {
  return 'connection' in state ? state.connection : undefined;
}

/** The connection that a client came on. */
export function connectionOfClient(client: Client): Connection {
  return (client.ref as PlayerSocket).connection!;
}
