import { JoinRefused } from '../clients/Player.ts';

/** What the parent says of a room: its id, or that whoever asked should make it. */
export type RoomNews = { readonly roomId: string } | { readonly make: true };

export interface BookParts {
  /** `gone` is an id that led nowhere. */
  ask(room: number, gone: string | undefined): void;
  /** Undefined: it could not be made. */
  tell(room: number, roomId: string | undefined): void;
}

/** Ids of the rooms that are made for this run. One player of one worker makes each, the others wait for it. */
export class RoomBook {
  readonly #parts: BookParts;
  readonly #known = new Map<number, string>();
  readonly #waiting = new Map<number, Array<PromiseWithResolvers<RoomNews>>>();
  #closed = false;

  constructor(parts: BookParts) {
    this.#parts = parts;
  }

  async find(room: number, gone?: string): Promise<RoomNews> {
    const roomId = this.#known.get(room);
    if (roomId !== undefined && roomId !== gone) return { roomId };
    if (this.#closed) throw new JoinRefused('the run is over');
    const news = Promise.withResolvers<RoomNews>();
    this.#waiting.set(room, [...(this.#waiting.get(room) ?? []), news]);
    this.#parts.ask(room, gone);
    return news.promise;
  }

  /** Says that the room was made, or that it could not be. */
  made(room: number, roomId: string | undefined): void {
    if (roomId !== undefined) this.#known.set(room, roomId);
    this.#parts.tell(room, roomId);
  }

  /** Each question gets an answer of its own, in their order. */
  heard(room: number, news: RoomNews): void {
    if ('roomId' in news) this.#known.set(room, news.roomId);
    this.#waiting.get(room)?.shift()?.resolve(news);
  }

  /** Nobody who waits for a room is left waiting. */
  close(): void {
    this.#closed = true;
    for (const news of [...this.#waiting.values()].flat()) news.reject(new JoinRefused('the run is over'));
  }
}
