import type { RoomNews } from '../actor/RoomBook.ts';

type Reply = (news: RoomNews) => void;

interface Entry {
  roomId: string | undefined;
  /** Somebody is making it. */
  making: boolean;
  readonly waiting: Reply[];
}

/** Sees to it that each room of a run is made once, by one player of one worker. */
export class RoomDesk {
  readonly #entries = new Map<number, Entry>();

  /** `gone`: an id that led nowhere, so that the room is made anew, once. */
  ask(room: number, gone: string | undefined, reply: Reply): void {
    const entry = this.#entryOf(room);
    if (gone !== undefined && entry.roomId === gone) entry.roomId = undefined;
    if (entry.roomId !== undefined) reply({ roomId: entry.roomId });
    else if (entry.making) entry.waiting.push(reply);
    else {
      entry.making = true;
      reply({ make: true });
    }
  }

  /** Undefined: it could not be made; the next in line tries. */
  made(room: number, roomId: string | undefined): void {
    const entry = this.#entryOf(room);
    entry.roomId = roomId;
    entry.making = false;
    if (roomId === undefined) {
      const next = entry.waiting.shift();
      entry.making = next !== undefined;
      next?.({ make: true });
      return;
    }
    for (const reply of entry.waiting.splice(0)) reply({ roomId });
  }

  #entryOf(room: number): Entry {
    let entry = this.#entries.get(room);
    if (entry === undefined) {
      entry = { roomId: undefined, making: false, waiting: [] };
      this.#entries.set(room, entry);
    }
    return entry;
  }
}
