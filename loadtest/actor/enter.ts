import type { Entrance, Player } from '../clients/Player.ts';
import type { Stage } from './Stage.ts';

/** What a server says of an id that leads nowhere. */
const GONE = /NOT_FOUND|not found|SEAT_EXPIRED/i;

/** Brings a player into the room that is meant for it: one of those that are made for the run, or whichever the server finds. */
export async function enter(
  { rooms, room, book }: Stage,
  index: number,
  join: (entrance: Entrance) => Promise<Player>,
): Promise<Player> {
  if (rooms === undefined) return join({ method: 'joinOrCreate', target: room });
  const number = index % rooms;
  const make = async () => {
    try {
      const player = await join({ method: 'create', target: room });
      book.made(number, player.roomId);
      return player;
    } catch (error) {
      book.made(number, undefined);
      throw error;
    }
  };
  for (let gone: string | undefined; ; ) {
    const news = await book.find(number, gone);
    if ('make' in news) return make();
    try {
      return await join({ method: 'joinById', target: news.roomId });
    } catch (error) {
      // A room that everybody has left is gone, and its id with it. Once: a second one that is gone is news.
      if (gone !== undefined || !GONE.test((error as Error).message)) throw error;
      gone = news.roomId;
    }
  }
}
