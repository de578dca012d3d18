import { type IRoomCache, matchMaker, subscribeLobby } from '@colyseus/core';

/** One room that can be joined. */
export interface Listing {
  readonly roomId: string;
  readonly name: string;
  readonly clients: number;
  readonly maxClients: number;
}

/** The rooms of the whole deployment, as Colyseus lists them. */
export class Listings {
  /** At most `limit` public rooms. */
  async all(limit = 200): Promise<Listing[]> {
    const rooms = await matchMaker.query({ private: false, unlisted: false });
    return rooms.slice(0, limit).map(listingOf);
  }

  /** Calls `listener` when a room was made or changed, or with null when it is gone. Returns how to stop. */
  watch(listener: (roomId: string, listing: Listing | null) => void): Promise<() => void> {
    return subscribeLobby((roomId, room) => {
      listener(roomId, room === null || room === undefined || room.private || room.unlisted ? null : listingOf(room));
    });
  }
}

function listingOf({ roomId, name, clients, maxClients }: IRoomCache): Listing {
  // Infinity, when a room sets no maximum, is null in some drivers.
  const max = typeof maxClients === 'number' && Number.isFinite(maxClients) ? maxClients : 0xffff;
  return { roomId, name, clients, maxClients: Math.min(max, 0xffff) };
}
