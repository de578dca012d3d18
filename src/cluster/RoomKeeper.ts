import { fail, GatehouseError, messageOf } from '../fail.ts';
import { currentTrace, traced, untraced } from '../ops/tracing.ts';
import type { NodeRecord } from '../ports/nodes.ts';
import type { RoomOwner } from '../ports/room-store.ts';
import type { GameRoom } from '../room/GameRoom.ts';
import type { Restoration } from '../room/room-snapshot.ts';
import { Tail } from '../room/Tail.ts';
import { packSnapshot, type Snapshot, SnapshotError, unpackSnapshot } from '../state/snapshot.ts';
import { ROOM_TTL_MS, RoomSaver, type RoomSaverParts } from './RoomSaver.ts';
import type { KeptRoom } from './room-host.ts';

/** For so long a node that refuses connections counts as dead: by then the registry knows. */
const SUSPECT_MS = 5_000;
/** How long a room that nobody took waits for the store to say that it may go on here. */
const TAKE_BACK_MS = 60_000;
/** How often a store that is away is asked again. */
const ASK_EVERY_MS = 250;
/** How long a node that ends waits for the store to take the last of a room that it leaves behind. */
const LEAVE_MS = 5_000;
/** How often the owner of a room is looked for anew when another node was faster. */
const MAX_LOOKS = 3;

export interface RoomKeeperParts<R extends KeptRoom> extends Omit<RoomSaverParts<R>, 'rooms' | 'onLost'> {
  /** A live node. */
  readonly nodeOf: (nodeId: string) => Promise<NodeRecord | undefined>;
}

/**
 * Keeps the rooms of this node so that they outlive it: saves snapshots under the epoch of each, and brings rooms of
 * dead nodes back here. Whoever finds an owner dead claims its room; of all who do one wins, and an owner that was only
 * slow is told so by its next save.
 */
export class RoomKeeper<R extends KeptRoom = GameRoom> {
  readonly #parts: RoomKeeperParts<R>;
  readonly #rooms = new Set<R>();
  readonly #restorations = new Map<string, Restoration>();
  readonly #restoring = new Map<string, Promise<boolean>>();
  readonly #saver: RoomSaver<R>;
  #isEnding = false;
  /** Nodes that refused a connection, until when. */
  readonly #suspects = new Map<string, number>();
  /** Rooms on their way to another node. */
  readonly #moving = new Map<string, Promise<boolean>>();
  /** Rooms that end here and go on elsewhere, until their ids are free. */
  readonly #leaving = new Map<string, Promise<void>>();
  /** How many rooms wait in the store for the node that comes next. */
  #left = 0;
  /** Rooms that have ended, until the store knows. */
  readonly #ended = new Set<string>();
  readonly #stop: () => void = () => {};

  constructor(parts: RoomKeeperParts<R>) {
    this.#parts = parts;
    this.#saver = new RoomSaver({ ...parts, rooms: this.#rooms, onLost: (room) => this.#lost(room) });
    if (!this.isOn) return;
    const timer = parts.clock.every(parts.everyMs, () => this.#saver.saveAll());
    this.#stop = () => timer.stop();
  }

  get isOn(): boolean {
    return this.#parts.store.outlivesProcess && this.#parts.everyMs > 0;
  }

  /** Those that would come back on another node. */
  get rooms(): ReadonlySet<R> {
    return this.#rooms;
  }

  /** What the room with this id is to be made from, when it is one that comes back. */
  restorationOf(roomId: string): Restoration | undefined {
    return this.#restorations.get(roomId);
  }

  /** A room was made here. One that cannot be entered in the store, as that is away, lives without snapshots. */
  async opened(room: R): Promise<void> {
    if (!this.isOn) return;
    const { store, nodeId, log } = this.#parts;
    const { roomId, roomName } = room;
    try {
      const isNew = !this.#restorations.has(roomId);
      if (isNew && !(await store.open({ roomId, roomName, nodeId }, ROOM_TTL_MS))) {
        log.warn({ room: roomId }, 'another room has this id: no snapshots');
        return;
      }
      this.#saver.opened(room);
      this.#openTail(room);
      this.#rooms.add(room);
    } catch (error) {
      log.warn({ room: roomId, error: messageOf(error) }, 'no snapshots of this room');
    }
  }

  /** The room has ended, wherever it could come back. */
  disposed(room: R): void {
    if (!this.#rooms.delete(room)) return;
    const { store, log } = this.#parts;
    const { roomId, epoch } = room;
    this.#ended.add(roomId);
    store
      .remove(roomId, epoch)
      .catch((error) => {
        log.warn({ room: roomId, error: messageOf(error) }, 'a room that has ended may come back');
      })
      .finally(() => this.#ended.delete(roomId));
  }

  /** Never rejects. False when it was not saved: what was saved before stays. */
  save(room: R): Promise<boolean> {
    return this.#saver.save(room);
  }

  /** Somebody has taken a seat: the snapshot that has it does not wait for its turn. */
  seated(room: R): void {
    this.#saver.saveSoon(room);
  }

  /**
   * Is a room that is here still this node's? A node that was stopped for a while may have lost it, and a player who
   * returned to what is left of it would get a token that nobody else knows. While the store is away: yes.
   */
  async keeps(room: R): Promise<boolean> {
    if (!this.#rooms.has(room)) return !room.isElsewhere;
    if (this.#saver.isStale(room)) await this.save(room);
    return !room.isElsewhere;
  }

  /** Connections to this node are refused: nobody is there. */
  suspect(nodeId: string): void {
    this.#suspects.set(nodeId, this.#parts.clock.monotonic() + SUSPECT_MS);
  }

  /**
   * Where a room is that is not on this node: at another one, or here from now on. `byPath`: the node that the client
   * names. Undefined: nowhere that is known. @throws UNAVAILABLE when that cannot be known now, and may be later
   */
  async find(byPath: string, roomId: string): Promise<NodeRecord | 'here' | undefined> {
    const { nodeId, nodeOf, host } = this.#parts;
    await this.#moving.get(roomId);
    for (let look = 0; look < MAX_LOOKS; look++) {
      if (await this.#restoring.get(roomId)) return 'here';
      const owner = await this.#ownerOf(roomId);
      if (owner === 'unknown') {
        // One that is known may have it, and says so itself.
        const named = byPath === nodeId ? undefined : await nodeOf(byPath);
        if (named === undefined) throw fail('UNAVAILABLE');
        return named;
      }
      if (owner === undefined) break;
      if (owner.nodeId === nodeId) {
        if (host.has(roomId) || this.#ended.has(roomId)) return undefined;
        // Claimed, and not made: the store went away before it had answered.
      } else {
        const node = this.#isSuspect(owner.nodeId) ? undefined : await nodeOf(owner.nodeId);
        if (node !== undefined) return node;
      }
      if (await this.restore(owner)) return 'here';
      // Another node was faster, or it cannot come back: that is seen when one looks again.
    }
    return byPath === nodeId ? undefined : nodeOf(byPath);
  }

  /**
   * Ends the room here, as of one moment, and has another node go on with it. Nothing is taken from its clients after
   * that moment: they come back, and ask again. False when nobody took it, and it goes on here.
   */
  handOver(room: R, adopt: (owner: RoomOwner) => Promise<boolean>): Promise<boolean> {
    // It has ended, or is another node's, since it was chosen.
    if (!this.#rooms.has(room)) return Promise.resolve(false);
    const { roomId, roomName, epoch } = room;
    const { nodeId, store, log } = this.#parts;
    const last = this.#lastOf(room);
    const { snapshot, packed } = last;
    void this.#letGo(room);
    const owner = { roomId, roomName, nodeId, epoch };
    const moving = (async () => {
      let adopted = false;
      try {
        adopted = (await store.save(roomId, epoch, packed, ROOM_TTL_MS, snapshot.tail)) && (await adopt(owner));
      } catch (error) {
        log.warn({ room: roomId, error: messageOf(error) }, 'room not taken');
      }
      return adopted || !(await this.#takeBack(owner, last));
    })().finally(() => this.#moving.delete(roomId));
    this.#moving.set(roomId, moving);
    return moving;
  }

  /** The others have what this node had. Its players go there. */
  loseAll(): void {
    for (const room of [...this.#rooms]) this.#lost(room);
  }

  /**
   * This node ends, and nobody took these rooms: they wait in the store for the next node, as they are now or, when that
   * cannot be, as they were last saved. Their players are told to come again. Resolves with how many there are. Never rejects.
   */
  async leaveBehind(): Promise<number> {
    this.#isEnding = true;
    const leave = () => [...this.#rooms].map((room) => this.#leave(room));
    await Promise.all([...leave(), ...this.#moving.values()]);
    // One that was on its way may have come back meanwhile.
    while (this.#rooms.size > 0) await Promise.all(leave());
    return this.#left;
  }

  /** Brings back here what a dead node had. @throws UNAVAILABLE when that could not be tried with each of its rooms */
  async restoreRoomsOf(nodeId: string): Promise<void> {
    if (!this.isOn) return;
    let failure: unknown;
    for (const owner of await this.#parts.store.ofNode(nodeId)) {
      await this.restore(owner).catch((error) => {
        failure = error;
      });
    }
    if (failure !== undefined) throw failure;
  }

  /**
   * Goes on with a room that its owner hands over. False when it is another one than the store knows, or this
   * node's own: a claim that cannot succeed would take the room from its owner for nothing. @throws UNAVAILABLE
   */
  async adopt(offered: RoomOwner): Promise<boolean> {
    const { store, nodeId, counters } = this.#parts;
    const owner = await store.owner(offered.roomId);
    const isKnown = owner?.roomName === offered.roomName && owner.nodeId === offered.nodeId;
    if (isKnown && owner.epoch === offered.epoch && owner.nodeId !== nodeId) return this.restore(owner);
    counters.count('bus_foreign');
    return false;
  }

  /**
   * Takes over a room whose owner is gone. False when another node did, or it cannot come back.
   * @throws UNAVAILABLE when the next attempt may succeed, here or elsewhere
   */
  restore(owner: RoomOwner): Promise<boolean> {
    const { roomId } = owner;
    const known = this.#restoring.get(roomId);
    if (known !== undefined) return known;
    if (this.#isEnding) return Promise.reject(fail('UNAVAILABLE'));
    const about = { room: roomId, roomName: owner.roomName, from: owner.nodeId };
    const restoring = traced('restore', about, () => this.#restore(owner)).finally(() =>
      this.#restoring.delete(roomId),
    );
    this.#restoring.set(roomId, restoring);
    return restoring;
  }

  /** This node is ending: it takes no more rooms. Resolves when those that are on their way here have come. */
  async stopTaking(): Promise<void> {
    this.#isEnding = true;
    await Promise.allSettled(this.#restoring.values());
  }

  stop(): void {
    this.#stop();
  }

  async #leave(room: R): Promise<void> {
    const { log } = this.#parts;
    const { roomId } = room;
    try {
      const last = this.#lastOf(room);
      void this.#letGo(room);
      await this.#keepLast(room, last);
    } catch (error) {
      log.warn({ room: roomId, error: messageOf(error) }, 'room left behind as it was last saved');
      void this.#letGo(room);
      this.#left += 1;
    }
  }

  /** The room waits for the node that comes next. Never rejects. */
  async #keepLast({ roomId, epoch }: Pick<R, 'roomId' | 'epoch'>, { snapshot, packed }: LastSnapshot): Promise<void> {
    const { store, log, clock } = this.#parts;
    this.#left += 1;
    const save = () => store.save(roomId, epoch, packed, ROOM_TTL_MS, snapshot.tail);
    try {
      const saved = await this.#insisting(save, clock.monotonic() + LEAVE_MS);
      log.info({ room: roomId, saved }, 'room left behind');
    } catch (error) {
      log.warn({ room: roomId, error: messageOf(error) }, 'room left behind as it was last saved');
    }
  }

  /** Until the store is there, or this moment has come. */
  async #insisting<T>(work: () => Promise<T>, until: number): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!mayPass(error) || this.#parts.clock.monotonic() >= until) throw error;
        await this.#pause();
      }
    }
  }

  /** After it nothing happens in the room. @throws RangeError when it is too large to be saved */
  #lastOf(room: R): LastSnapshot {
    const snapshot = this.#parts.host.snapshotOf(room, { isLast: true });
    const packed = packSnapshot(snapshot);
    if (this.#saver.isTooLarge(room, packed)) throw new RangeError('its snapshot is too large');
    return { snapshot, packed };
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#parts.clock.after(ASK_EVERY_MS, resolve));
  }

  async #restore({ roomId, roomName, nodeId: from, epoch: before }: RoomOwner): Promise<boolean> {
    const { store, nodeId, log } = this.#parts;
    let epoch: number | undefined;
    try {
      epoch = await store.claim(roomId, nodeId, before, ROOM_TTL_MS);
      if (epoch === undefined) return false;
      const packed = await store.snapshot(roomId);
      // It ended before its first snapshot.
      if (packed === undefined) throw new SnapshotError('there is no snapshot');
      const tail = await store.tail(roomId);
      await this.#revive(roomName, { snapshot: unpackSnapshot(packed), epoch, tail, isOurs: false }, from);
      return true;
    } catch (error) {
      this.#parts.counters.count('rooms_restored', 'failed');
      log.error({ room: roomId, from, error: messageOf(error) }, 'room not restored');
      // It may be ours by now: whoever asks for it makes this node try again.
      if (mayPass(error)) throw error;
      // Nobody shall try again: its players are told that their seats are gone, and join anew.
      await store.remove(roomId, epoch!).catch(() => {});
      return false;
    }
  }

  /**
   * A room that nobody took goes on here, as soon as the store says that it may; or waits there, when this node ends.
   * False when another node has it after all. Never rejects.
   */
  async #takeBack(owner: RoomOwner, last: LastSnapshot): Promise<boolean> {
    const { counters, log, clock } = this.#parts;
    const { roomId, roomName, nodeId } = owner;
    const until = clock.monotonic() + TAKE_BACK_MS;
    for (;;) {
      if (this.#isEnding) {
        await this.#keepLast(owner, last);
        return true;
      }
      try {
        const epoch = await this.#claimBack(owner);
        if (epoch === 'elsewhere') return false;
        await this.#revive(roomName, { snapshot: last.snapshot, epoch, tail: [], isOurs: true }, nodeId);
        return true;
      } catch (error) {
        log.warn({ room: roomId, error: messageOf(error) }, 'room not taken back');
        if (!mayPass(error) || clock.monotonic() >= until) break;
        await this.#pause();
      }
    }
    counters.count('rooms_restored', 'failed');
    log.error({ room: roomId }, 'room not restored');
    return true;
  }

  /** The epoch under which it is this node's again. A claim whose answer was lost is seen by its owner. */
  async #claimBack({ roomId, roomName, nodeId, epoch }: RoomOwner): Promise<number | 'elsewhere'> {
    const { store } = this.#parts;
    const owner = await store.owner(roomId);
    if (owner !== undefined && owner.nodeId !== nodeId) return 'elsewhere';
    // Who tried, and could not, has taken the room off the store under its own epoch.
    const next = epoch + 2;
    const isNew = owner === undefined && (await store.open({ roomId, roomName, nodeId }, ROOM_TTL_MS, next));
    const claimed = isNew ? next : owner && (await store.claim(roomId, nodeId, owner.epoch, ROOM_TTL_MS));
    if (claimed === undefined) throw fail('UNAVAILABLE');
    return claimed;
  }

  async #revive(roomName: string, restoration: Restoration, from: string): Promise<void> {
    const { counters, log, clock, host } = this.#parts;
    const { roomId } = restoration.snapshot;
    const began = clock.monotonic();
    // Rooms are kept by their ids: not before the old one is gone.
    await this.#leaving.get(roomId);
    this.#restorations.set(roomId, restoration);
    try {
      await untraced(() => host.make(roomName, roomId));
    } catch (error) {
      // Half of it may be here.
      for (const room of this.#rooms) if (room.roomId === roomId) void this.#letGo(room);
      throw error;
    } finally {
      this.#restorations.delete(roomId);
    }
    counters.count('rooms_restored', 'restored');
    const { epoch } = restoration;
    const ms = clock.monotonic() - began;
    counters.distribution('restore').observe(ms / 1_000, currentTrace());
    log.info({ room: roomId, roomName, from, epoch, ms }, 'room restored');
  }

  /** Another node has the room now. What this one has of it is worth nothing; its players go there. */
  #lost(room: R): void {
    this.#parts.log.warn({ room: room.roomId, epoch: room.epoch }, 'another node has taken this room over');
    void this.#letGo(room);
  }

  /** Ends what this node has of a room that goes on elsewhere. Its players are told to come again. Never rejects. */
  #letGo(room: R): Promise<void> {
    const { roomId } = room;
    this.#rooms.delete(room);
    room.isElsewhere = true;
    // What it still says is not in the state that goes on.
    room.tail = undefined;
    const leaving = this.#parts.host
      .abandon(room)
      .catch((error) => this.#parts.log.warn({ room: roomId, error: messageOf(error) }, 'what is left of a room'))
      .finally(() => this.#leaving.delete(roomId));
    this.#leaving.set(roomId, leaving);
    return leaving;
  }

  /** Undefined: there is none. `unknown`: the store is away. */
  async #ownerOf(roomId: string): Promise<RoomOwner | 'unknown' | undefined> {
    const { store, log } = this.#parts;
    if (!this.isOn) return undefined;
    try {
      return await store.owner(roomId);
    } catch (error) {
      log.warn({ room: roomId, error: messageOf(error) }, 'owner of a room');
      return 'unknown';
    }
  }

  #openTail(room: R): void {
    const { store, counters } = this.#parts;
    const { roomId, epoch } = room;
    const { snapshot, tail = [] } = this.#restorations.get(roomId) ?? {};
    const from = (snapshot?.tail ?? 0) + tail.length;
    room.tail = new Tail({
      from,
      counters,
      append: (n, record) => store.append(roomId, epoch, n, record),
      onHalfFull: () => this.#saver.saveSoon(room),
    });
  }

  #isSuspect(nodeId: string): boolean {
    const until = this.#suspects.get(nodeId);
    if (until !== undefined && until > this.#parts.clock.monotonic()) return true;
    this.#suspects.delete(nodeId);
    return false;
  }
}

interface LastSnapshot {
  readonly snapshot: Snapshot;
  readonly packed: Uint8Array;
}

/** The store was away, or is: unlike a snapshot that cannot be used, that passes. */
function mayPass(error: unknown): boolean {
  return error instanceof GatehouseError && error.error === 'UNAVAILABLE';
}
