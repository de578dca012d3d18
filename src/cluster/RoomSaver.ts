import { messageOf } from '../fail.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import type { Clock } from '../ports/clock.ts';
import type { RoomStore } from '../ports/room-store.ts';
import { packSnapshot } from '../state/snapshot.ts';
import type { KeptRoom, RoomHost } from './room-host.ts';

/** A room that nobody saves is forgotten after this: an outage of the store must not lose it. */
export const ROOM_TTL_MS = 600_000;
/** After so many intervals without an answer of the store nobody knows whose a room is. */
const STALE = 2.5;
/** How long who has come waits at most for a snapshot to be in. */
const SOON_MS = 250;

export interface RoomSaverParts<R extends KeptRoom> {
  readonly nodeId: string;
  readonly store: RoomStore;
  readonly host: RoomHost<R>;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  /** Between two snapshots of a room, in milliseconds; 0: none are taken. */
  readonly everyMs: number;
  /** The largest snapshot, in bytes. */
  readonly maxBytes: number;
  /** Those that are saved. */
  readonly rooms: ReadonlySet<R>;
  /** Another node has this room now. */
  readonly onLost: (room: R) => void;
}

interface Saving {
  readonly now: Promise<boolean>;
  next?: Promise<boolean>;
}

/** Saves the rooms of a node under their epochs. */
export class RoomSaver<R extends KeptRoom> {
  readonly #parts: RoomSaverParts<R>;
  /** The save of each room that is under way, and the one after it. */
  readonly #saving = new Map<R, Saving>();
  /** Those that are saved before their turn. */
  readonly #soon = new Set<R>();
  /** When the store was last asked about each. */
  readonly #lookedAt = new WeakMap<R, number>();
  /** Of which it is known that their snapshots are too large. */
  readonly #tooLarge = new WeakSet<R>();
  #isSavingAll = false;

  constructor(parts: RoomSaverParts<R>) {
    this.#parts = parts;
  }

  /** The store has just said that it is this node's. */
  opened(room: R): void {
    this.#lookedAt.set(room, this.#parts.clock.monotonic());
  }

  /** Nobody knows any more whether it is still this node's. */
  isStale(room: R): boolean {
    const { clock, everyMs } = this.#parts;
    return clock.monotonic() - this.#lookedAt.get(room)! > STALE * everyMs;
  }

  /**
   * One after the other: a node with many rooms does not hold the loop for all of them. A store that is slow is not
   * asked again before it has answered. Never rejects.
   */
  async saveAll(): Promise<void> {
    if (this.#isSavingAll) return;
    this.#isSavingAll = true;
    for (const room of this.#parts.rooms) await this.save(room);
    this.#isSavingAll = false;
  }

  /** Within a moment, once for all who ask meanwhile. */
  saveSoon(room: R): void {
    const { rooms, clock } = this.#parts;
    if (!rooms.has(room) || this.#soon.has(room)) return;
    this.#soon.add(room);
    clock.after(SOON_MS, () => {
      this.#soon.delete(room);
      if (rooms.has(room)) void this.save(room);
    });
  }

  /** With all that has happened by now. Never rejects. False when it was not saved: what was saved before stays. */
  save(room: R): Promise<boolean> {
    const running = this.#saving.get(room);
    if (running === undefined) return this.#begin(room);
    // It was taken before. The one after it is for all who ask until it begins.
    running.next ??= running.now.then(() => this.#begin(room));
    return running.next;
  }

  #begin(room: R): Promise<boolean> {
    const saving: Saving = {
      now: this.#save(room).finally(() => {
        if (saving.next === undefined) this.#saving.delete(room);
      }),
    };
    this.#saving.set(room, saving);
    return saving.now;
  }

  async #save(room: R): Promise<boolean> {
    const { counters, log, host, clock, rooms, onLost } = this.#parts;
    const began = clock.monotonic();
    try {
      const taken = host.snapshotOf(room);
      const snapshot = packSnapshot(taken);
      if (this.isTooLarge(room, snapshot)) return false;
      const writing = this.#write(room, snapshot, taken.tail);
      room.tail?.sent(taken.tail);
      let isOwner = await writing;
      // It has ended or moved meanwhile.
      if (!rooms.has(room)) return false;
      isOwner ||= await this.#reopened(room, snapshot, taken.tail);
      if (isOwner) room.tail?.saved(taken.tail);
      counters.count('snapshots', isOwner ? 'saved' : 'fenced');
      counters.distribution('snapshot').observe((clock.monotonic() - began) / 1_000);
      counters.distribution('snapshot_size').observe(snapshot.byteLength);
      if (!isOwner && rooms.has(room)) onLost(room);
      return isOwner;
    } catch (error) {
      counters.count('snapshots', 'failed');
      log.warn({ room: room.roomId, error: messageOf(error) }, 'snapshot');
      return false;
    } finally {
      this.#lookedAt.set(room, clock.monotonic());
    }
  }

  /** Counts it, and says it once. */
  isTooLarge(room: R, snapshot: Uint8Array): boolean {
    const { counters, log, maxBytes } = this.#parts;
    if (snapshot.byteLength <= maxBytes) {
      this.#tooLarge.delete(room);
      return false;
    }
    counters.count('snapshots', 'too_large');
    if (!this.#tooLarge.has(room)) {
      log.warn(
        { room: room.roomId, bytes: snapshot.byteLength },
        'snapshot too large: the last one that was not stays',
      );
    }
    this.#tooLarge.add(room);
    return true;
  }

  #write({ roomId, epoch }: R, snapshot: Uint8Array, tail: number): Promise<boolean> {
    return this.#parts.store.save(roomId, epoch, snapshot, ROOM_TTL_MS, tail);
  }

  /** A store that has lost its data knows no owner; of two who say that they are, the first is. */
  async #reopened(room: R, snapshot: Uint8Array, tail: number): Promise<boolean> {
    const { store, nodeId } = this.#parts;
    const { roomId, roomName, epoch } = room;
    const isNew = await store.open({ roomId, roomName, nodeId }, ROOM_TTL_MS, epoch);
    return isNew && this.#write(room, snapshot, tail);
  }
}
