import { limitKey } from '../gate/address.ts';
import type { PlayerSocket } from './PlayerSocket.ts';

/** One socket of a client, from its upgrade to its close. */
export interface Connection {
  readonly id: string;
  readonly address: string;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
  readonly socket: PlayerSocket;
  /** Frames and bytes since it was opened, without WebSocket framing. */
  framesIn: number;
  framesOut: number;
  bytesIn: number;
  bytesOut: number;
  /** Of the last answered heartbeat, in milliseconds; null before the first. */
  roundTripMs: number | null;
  /** The session that it carries, once it has taken its seat. */
  sessionId: string | null;
  /** The close code that this server chose; the one that arrives may differ when the client does not answer. */
  endedWith: number | null;
}

/** The connections of this node. */
export class Connections {
  readonly #open = new Map<string, Connection>();
  readonly #perAddress = new Map<string, number>();

  get size(): number {
    return this.#open.size;
  }

  /** How many come from there, by what limits per address count by. */
  ofAddress(address: string): number {
    return this.#perAddress.get(limitKey(address)) ?? 0;
  }

  add(connection: Connection): void {
    this.#open.set(connection.id, connection);
    this.#perAddress.set(limitKey(connection.address), this.ofAddress(connection.address) + 1);
  }

  remove(connection: Connection): void {
    if (!this.#open.delete(connection.id)) return;
    const key = limitKey(connection.address);
    const left = this.ofAddress(connection.address) - 1;
    if (left > 0) this.#perAddress.set(key, left);
    else this.#perAddress.delete(key);
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#open.values();
  }
}
