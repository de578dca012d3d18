import { matchMaker } from '@colyseus/core';
import { closeCodes } from '../../schema/index.ts';
import { messageOf } from '../fail.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import type { Clock } from '../ports/clock.ts';
import type { NodeRecord } from '../ports/nodes.ts';
import type { RoomOwner, RoomStore } from '../ports/room-store.ts';
import type { GameRoom } from '../room/GameRoom.ts';
import { snapshotOf } from '../room/room-snapshot.ts';
import type { Sessions } from '../room/Sessions.ts';
import { packSnapshot, type Snapshot, unpackSnapshot } from '../state/snapshot.ts';

/** A room that nobody saves is forgotten after this: an outage of the store must not lose it. */
const ROOM_TTL_MS = 600_000;
/** For so long a node that refuses connections counts as dead: by then the registry knows. */
const SUSPECT_MS = 5_000;
/** After so many intervals without an answer of the store nobody knows whose a room is. */
const STALE = 2.5;

export interface RoomKeeperParts {
  readonly nodeId: string;
  readonly store: RoomStore;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  /** Between two snapshots of a room, in milliseconds; 0: none are taken. */
  readonly everyMs: number;
  /** The largest snapshot, in bytes. */
  readonly maxBytes: number;
  /** A live node. */
  readonly nodeOf: (nodeId: string) => Promise<NodeRecord | undefined>;
}

/** A snapshot that a room is being made from, under the epoch that was claimed for it. */
export interface Restoration {
  readonly snapshot: Snapshot;
  readonly epoch: number;
}

/**
 * Keeps the rooms of this node so that they outlive it: saves snapshots under the epoch of each, and brings rooms of
 * dead nodes back here. Whoever finds an owner dead claims its room; of all who do one wins, and an owner that was only
 * slow is told so by its next save.
 */
export class RoomKeeper {
  readonly #parts: RoomKeeperParts;
  readonly #rooms = new Set<GameRoom>();
  readonly #restorations = new Map<string, Restoration>();
  readonly #restoring = new Map<string, Promise<boolean>>();
  /** When the store was last asked about each. */
  readonly #lookedAt = new WeakMap<GameRoom, number>();
  #isSaving = false;
  /** Nodes that refused a connection, until when. */
  readonly #suspects = new Map<string, number>();
  /** Rooms on their way to another node. */
  readonly #moving = new Map<string, Promise<boolean>>();
  readonly #stop: () => void = () => {};

  constructor(parts: RoomKeeperParts) {
    this.#parts = parts;
    if (!this.isOn) return;
    const timer = parts.clock.every(parts.everyMs, () => this.saveAll());
    this.#stop = () => timer.stop();
  }

  get isOn(): boolean {
    return this.#parts.store.outlivesProcess && this.#parts.everyMs > 0;
  }

  /** Those that would come back on another node. */
  get rooms(): ReadonlySet<GameRoom> {
    return this.#rooms;
  }

  /** What the room with this id is to be made from, when it is one that comes back. */
  restorationOf(roomId: string): Restoration | undefined {
    return this.#restorations.get(roomId);
  }

  /** A room was made here. One that cannot be entered in the store, as that is away, lives without snapshots. */
  async opened(room: GameRoom): Promise<void> {
    if (!this.isOn) return;
    const { store, nodeId, log } = this.#parts;
    const { roomId, roomName } = room;
    try {
      const isNew = !this.#restorations.has(roomId);
      if (isNew && !(await store.open({ roomId, roomName, nodeId }, ROOM_TTL_MS))) {
        log.warn({ room: roomId }, 'another room has this id: no snapshots');
        return;
      }
      this.#lookedAt.set(room, this.#parts.clock.monotonic());
      this.#rooms.add(room);
    } catch (error) {
      log.warn({ room: roomId, error: messageOf(error) }, 'no snapshots of this room');
    }
  }

  /** The room has ended, wherever it could come back. */
  disposed(room: GameRoom): void {
    if (!this.#rooms.delete(room)) return;
    const { store, log } = this.#parts;
    store.remove(room.roomId, room.epoch).catch((error) => {
      log.warn({ room: room.roomId, error: messageOf(error) }, 'a room that has ended may come back');
    });
  }

  /**
   * One after the other: a node with many rooms does not hold the loop for all of them. A store that is slow is not
   * asked again before it has answered. Never rejects.
   */
  async saveAll(): Promise<void> {
    if (this.#isSaving) return;
    this.#isSaving = true;
    for (const room of this.#rooms) await this.save(room);
    this.#isSaving = false;
  }

  /** Never rejects. False when it was not saved. */
  async save(room: GameRoom): Promise<boolean> {
    const { counters, log, maxBytes, clock } = this.#parts;
    try {
      const snapshot = packSnapshot(snapshotOf(room));
      if (snapshot.byteLength > maxBytes) {
        counters.count('snapshots', 'too_large');
        return false;
      }
      let isOwner = await this.#write(room, snapshot);
      // It has ended or moved meanwhile.
      if (!this.#rooms.has(room)) return false;
      isOwner ||= await this.#reopened(room, snapshot);
      counters.count('snapshots', isOwner ? 'saved' : 'fenced');
      if (!isOwner && this.#rooms.has(room)) this.#lost(room);
      return isOwner;
    } catch (error) {
      counters.count('snapshots', 'failed');
      log.warn({ room: room.roomId, error: messageOf(error) }, 'snapshot');
      return false;
    } finally {
      this.#lookedAt.set(room, clock.monotonic());
    }
  }

  /**
   * Is a room that is here still this node's? A node that was stopped for a while may have lost it, and a player who
   * returned to what is left of it would get a token that nobody else knows. While the store is away: yes.
   */
  async keeps(room: GameRoom): Promise<boolean> {
    if (!this.#rooms.has(room)) return !room.isElsewhere;
    const { clock, everyMs } = this.#parts;
    if (clock.monotonic() - this.#lookedAt.get(room)! > STALE * everyMs) await this.save(room);
    return !room.isElsewhere;
  }

  /** Connections to this node are refused: nobody is there. */
  suspect(nodeId: string): void {
    this.#suspects.set(nodeId, this.#parts.clock.monotonic() + SUSPECT_MS);
  }

  /**
   * Where a room is that is not on this node: at another one, or here from now on. `byPath`: the node that the client
   * names. Undefined: nowhere that is known.
   */
  async find(byPath: string, roomId: string): Promise<NodeRecord | 'here' | undefined> {
    const { nodeId, nodeOf, log, store } = this.#parts;
    await this.#moving.get(roomId);
    const restoring = this.#restoring.get(roomId);
    if (restoring !== undefined) return (await restoring) ? 'here' : undefined;
    let owner: RoomOwner | undefined;
    try {
      owner = this.isOn ? await store.owner(roomId) : undefined;
    } catch (error) {
      log.warn({ room: roomId, error: messageOf(error) }, 'owner of a room');
    }
    if (owner === undefined) return byPath === nodeId ? undefined : nodeOf(byPath);
    if (owner.nodeId === nodeId) return undefined;
    const node = this.#isSuspect(owner.nodeId) ? undefined : await nodeOf(owner.nodeId);
    if (node !== undefined) return node;
    return (await this.restore(owner)) ? 'here' : undefined;
  }

  /**
   * Ends the room here, as of one moment, and has another node go on with it. Nothing is taken from its clients after
   * that moment: they come back, and ask again. False when nobody took it, and it goes on here.
   */
  handOver(room: GameRoom, adopt: (owner: RoomOwner) => Promise<boolean>): Promise<boolean> {
    const { roomId, roomName, epoch } = room;
    const { nodeId, store, log, maxBytes } = this.#parts;
    const snapshot = snapshotOf(room);
    const packed = packSnapshot(snapshot);
    if (packed.byteLength > maxBytes) throw new RangeError('its snapshot is too large');
    const closed = this.#letGo(room);
    const owner = { roomId, roomName, nodeId, epoch };
    const moving = (async () => {
      let adopted = false;
      try {
        adopted = (await store.save(roomId, epoch, packed, ROOM_TTL_MS)) && (await adopt(owner));
      } catch (error) {
        log.warn({ room: roomId, error: messageOf(error) }, 'room not taken');
      }
      // Colyseus keeps rooms by their ids: not before the old one is gone.
      await closed.catch(() => {});
      if (!adopted) await this.#takeBack(owner, snapshot);
      return adopted;
    })().finally(() => this.#moving.delete(roomId));
    this.#moving.set(roomId, moving);
    return moving;
  }

  /** Brings back here what a dead node had. Never rejects. */
  async restoreRoomsOf(nodeId: string): Promise<void> {
    if (!this.isOn) return;
    for (const owner of await this.#parts.store.ofNode(nodeId)) await this.restore(owner);
  }

  /** Takes over a room whose owner is gone. False when another node did, or it cannot come back. Never rejects. */
  restore(owner: RoomOwner): Promise<boolean> {
    const { roomId } = owner;
    const known = this.#restoring.get(roomId);
    if (known !== undefined) return known;
    const restoring = this.#restore(owner).finally(() => this.#restoring.delete(roomId));
    this.#restoring.set(roomId, restoring);
    return restoring;
  }

  stop(): void {
    this.#stop();
  }

  async #restore({ roomId, roomName, nodeId: from, epoch: before }: RoomOwner): Promise<boolean> {
    const { store, nodeId, log } = this.#parts;
    let epoch: number | undefined;
    try {
      epoch = await store.claim(roomId, nodeId, before, ROOM_TTL_MS);
      if (epoch === undefined) return false;
      const packed = await store.snapshot(roomId);
      // It ended before its first snapshot.
      if (packed === undefined) throw new Error('there is no snapshot');
      await this.#revive(roomName, { snapshot: unpackSnapshot(packed), epoch }, from);
      return true;
    } catch (error) {
      this.#parts.counters.count('rooms_restored', 'failed');
      log.error({ room: roomId, from, error: messageOf(error) }, 'room not restored');
      // Nobody shall try again: its players are told that their seats are gone, and join anew.
      if (epoch !== undefined) await store.remove(roomId, epoch).catch(() => {});
      return false;
    }
  }

  /** A room that nobody took goes on here. Never rejects. */
  async #takeBack({ roomId, roomName, nodeId, epoch }: RoomOwner, snapshot: Snapshot): Promise<void> {
    const { store, counters, log } = this.#parts;
    // One that tried, and could not, has taken the room off the store under its own epoch.
    const next = epoch + 2;
    try {
      const claimed = await store.claim(roomId, nodeId, epoch, ROOM_TTL_MS).then(
        async (mine) =>
          mine ?? ((await store.open({ roomId, roomName, nodeId }, ROOM_TTL_MS, next)) ? next : undefined),
        // The store is away: nobody else can have it, or the next save says so.
        () => epoch,
      );
      if (claimed !== undefined) await this.#revive(roomName, { snapshot, epoch: claimed }, nodeId);
    } catch (error) {
      counters.count('rooms_restored', 'failed');
      log.error({ room: roomId, error: messageOf(error) }, 'room not restored');
    }
  }

  async #revive(roomName: string, restoration: Restoration, from: string): Promise<void> {
    const { counters, log, clock } = this.#parts;
    const { roomId } = restoration.snapshot;
    const began = clock.monotonic();
    this.#restorations.set(roomId, restoration);
    try {
      // Of the owner before.
      await matchMaker.driver.remove(roomId);
      await matchMaker.handleCreateRoom(roomName, {}, undefined, roomId);
    } finally {
      this.#restorations.delete(roomId);
    }
    counters.count('rooms_restored', 'restored');
    const { epoch } = restoration;
    log.info({ room: roomId, roomName, from, epoch, ms: clock.monotonic() - began }, 'room restored');
  }

  /** Another node has the room now. What this one has of it is worth nothing; its players go there. */
  #lost(room: GameRoom): void {
    this.#parts.log.warn({ room: room.roomId, epoch: room.epoch }, 'another node has taken this room over');
    this.#letGo(room).catch(() => {});
  }

  /** Ends what this node has of a room that goes on elsewhere. Its players are told to come again. */
  async #letGo(room: GameRoom): Promise<void> {
    this.#rooms.delete(room);
    room.isElsewhere = true;
    this.#parts.sessions.abandon(room.roomId);
    // Not ours to take off the list. Private to Colyseus, which does the same with a room whose id another one got.
    (room as unknown as { _listing: { roomId: string | undefined } })._listing.roomId = undefined;
    await room.disconnect(closeCodes.RECONNECT.code);
  }

  #write({ roomId, epoch }: GameRoom, snapshot: Uint8Array): Promise<boolean> {
    return this.#parts.store.save(roomId, epoch, snapshot, ROOM_TTL_MS);
  }

  /** A store that has lost its data knows no owner; of two who say that they are, the first is. */
  async #reopened(room: GameRoom, snapshot: Uint8Array): Promise<boolean> {
    const { store, nodeId } = this.#parts;
    const { roomId, roomName, epoch } = room;
    const isNew = await store.open({ roomId, roomName, nodeId }, ROOM_TTL_MS, epoch);
    return isNew && this.#write(room, snapshot);
  }

  #isSuspect(nodeId: string): boolean {
    const until = this.#suspects.get(nodeId);
    if (until !== undefined && until > this.#parts.clock.monotonic()) return true;
    this.#suspects.delete(nodeId);
    return false;
  }
}
