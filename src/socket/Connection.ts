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
  /** Of these, patches of the state. */
  patchesOut: number;
  patchBytesOut: number;
  /** Of the last answered heartbeat, in milliseconds; null before the first. */
  roundTripMs: number | null;
  /** The session that it carries, once it has taken its seat. */
  sessionId: string | null;
  /** The kind of its room, as of then. */
  roomName: string | null;
  /** The close code that this server chose; the one that arrives may differ when the client does not answer. */
  endedWith: number | null;
}

/** What went over connections, framing left out. */
export type Traffic = Pick<
  Connection,
  'framesIn' | 'framesOut' | 'bytesIn' | 'bytesOut' | 'patchesOut' | 'patchBytesOut'
>;
/** In place of a kind of room, of connections that never had a seat. */
const NO_ROOM = 'none';

/** The connections of this node. */
export class Connections {
  readonly #open = new Map<string, Connection>();
  readonly #perAddress = new Map<string, number>();
  /** Of those that are closed, by kind of room. */
  readonly #past = new Map<string, Traffic>();

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
    addTraffic(this.#past, connection.roomName ?? NO_ROOM, connection);
    const key = limitKey(connection.address);
    const left = this.ofAddress(connection.address) - 1;
    if (left > 0) this.#perAddress.set(key, left);
    else this.#perAddress.delete(key);
  }

  /** All that ever went over them, by kind of room. One that has no seat yet counts when it has, or at its end. */
  traffic(): ReadonlyMap<string, Traffic> {
    const all = new Map([...this.#past].map(([room, traffic]) => [room, { ...traffic }]));
    for (const connection of this) if (connection.roomName !== null) addTraffic(all, connection.roomName, connection);
    return all;
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#open.values();
  }
}

function addTraffic(sums: Map<string, Traffic>, room: string, more: Traffic): void {
  const sum = sums.get(room) ?? { framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0, patchesOut: 0, patchBytesOut: 0 };
  sums.set(room, {
    framesIn: sum.framesIn + more.framesIn,
    framesOut: sum.framesOut + more.framesOut,
    bytesIn: sum.bytesIn + more.bytesIn,
    bytesOut: sum.bytesOut + more.bytesOut,
    patchesOut: sum.patchesOut + more.patchesOut,
    patchBytesOut: sum.patchBytesOut + more.patchBytesOut,
  });
}
