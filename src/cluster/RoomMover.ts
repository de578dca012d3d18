import { z } from 'zod';
import { subjectOfNode } from '../../schema/bus/subjects.ts';
import { messageOf } from '../fail.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import { continued, currentTrace, traced, traceparent } from '../ops/tracing.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestBus, Subscription } from '../ports/event-bus.ts';
import type { NodeRecord } from '../ports/nodes.ts';
import type { RoomOwner } from '../ports/room-store.ts';
import type { GameRoom } from '../room/GameRoom.ts';
import type { RoomKeeper } from './RoomKeeper.ts';
import type { MovableRoom } from './room-host.ts';

/** The SDK comes back by itself only to a room that it has been in for 5 seconds. */
const MIN_AGE_MS = 5_200;
/** How long a move waits for sessions to be old enough; nobody new comes meanwhile. */
const MAX_YOUTH_MS = 6_000;
/** How long it waits for requests that are being worked on. */
const MAX_WORK_MS = 2_000;
/** How long a node that ends tries to find a place for its rooms. */
const MAX_DRAIN_MS = 9_000;
const LOOK_MS = 5;
const ADOPT_MS = 5_000;
/** Rooms that move at once: their players all come back at the same time. */
const MOVES_AT_ONCE = 4;
/** Nodes that a room is offered to. */
const MAX_OFFERS = 3;
/** What a room that was sent to a node counts for, until the registry knows. */
const CONNECTIONS_A_ROOM = 100;

const Adoption = z.object({
  roomId: z.string().max(128),
  roomName: z.string().max(128),
  nodeId: z.string().max(128),
  epoch: z.number().int(),
  traceparent: z.string().max(64).optional(),
});

export interface RoomMoverParts<R extends MovableRoom> {
  readonly nodeId: string;
  readonly keeper: RoomKeeper<R>;
  readonly bus: RequestBus;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  /** The live nodes, this one included. */
  readonly nodes: () => Promise<readonly NodeRecord[]>;
}

/** Moves rooms to other nodes while people play, and takes in those of others. */
export class RoomMover<R extends MovableRoom = GameRoom> {
  readonly #parts: RoomMoverParts<R>;
  #adopting: Subscription | undefined;
  /** Rooms that were sent to each node since: what the registry knows of it is older. */
  readonly #sent = new Map<string, number>();

  constructor(parts: RoomMoverParts<R>) {
    this.#parts = parts;
  }

  /** From now on this node takes in rooms. */
  async open(): Promise<void> {
    const { bus, nodeId, keeper, counters } = this.#parts;
    if (!keeper.isOn) return;
    this.#adopting = await bus.serve(subjectOfNode(nodeId, 'adopt'), 'adopt', async (payload) => {
      const { data } = Adoption.safeParse(payload);
      if (data === undefined) {
        counters.count('bus_foreign');
        return { adopted: false };
      }
      const { traceparent: parent, ...owner } = data;
      return { adopted: await continued(parent, () => keeper.adopt(owner)).catch(() => false) };
    });
  }

  /** Every room of this node goes to another, as far as there is one. They get ready together, and go a few at a time. Never rejects. */
  async drain(): Promise<void> {
    const { keeper } = this.#parts;
    if (!keeper.isOn) return;
    const waiting = [...keeper.rooms].map((room) => ({ room, ready: this.#ready(room) }));
    const move = async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        if (await next.ready) await this.#handOver(next.room);
      }
    };
    await Promise.all(Array.from({ length: MOVES_AT_ONCE }, move));
  }

  /**
   * This node ends. Every room goes to another, or waits in the store for the one that comes next, as soon as its players
   * can come back by themselves. Resolves with how many wait. Never rejects.
   */
  async leave(): Promise<number> {
    const { keeper, clock } = this.#parts;
    const late = new Promise<void>((resolve) => void clock.after(MAX_DRAIN_MS, resolve));
    await Promise.race([this.drain(), late]);
    await Promise.all([...keeper.rooms].map((room) => this.#calm(room)));
    return keeper.leaveBehind();
  }

  /** Nobody new comes from now on. Resolves when what is worked on is done, and whoever is there old enough; or after a while. */
  async #calm(room: R): Promise<void> {
    const { clock } = this.#parts;
    if (!room.locked) {
      room.isMoving = true;
      // It is listed where it may not be reached now.
      room.lock().catch(() => {});
    }
    await this.#until(() => youngest(room) <= clock.now() - MIN_AGE_MS && !isWorking(room), MAX_YOUTH_MS);
  }

  /**
   * The room goes on at another node, with everybody in it; its clients see a reconnection. False when it stayed here, or
   * there is no node to take it. `to`: default are the ready nodes, those with the fewest connections first. Never rejects.
   */
  async move(room: R, to?: readonly NodeRecord[]): Promise<boolean> {
    return (await this.#ready(room)) && this.#handOver(room, to);
  }

  /** Resolves when it can go, or waited long enough; nobody new comes meanwhile. False when there is nowhere to go. */
  async #ready(room: R): Promise<boolean> {
    const { keeper, clock, log } = this.#parts;
    try {
      if (!keeper.rooms.has(room) || (await this.#targets()).length === 0) return false;
      if (!room.locked) {
        room.isMoving = true;
        await room.lock();
      }
      await this.#until(() => youngest(room) <= clock.now() - MIN_AGE_MS, MAX_YOUTH_MS);
      return true;
    } catch (error) {
      log.warn({ room: room.roomId, error: messageOf(error) }, 'room not moved');
      await this.#stays(room);
      return false;
    }
  }

  async #handOver(room: R, chosen?: readonly NodeRecord[]): Promise<boolean> {
    const { counters, log, clock, keeper } = this.#parts;
    const { roomId: id } = room;
    try {
      const to = chosen ?? (await this.#targets());
      await this.#until(() => !isWorking(room), MAX_WORK_MS);
      const began = clock.monotonic();
      return await traced('move', { room: id, roomName: room.roomName }, async () => {
        const moved = await keeper.handOver(room, (owner) => this.#offer(owner, to));
        counters.count('rooms_moved', moved ? 'moved' : 'stayed');
        const ms = clock.monotonic() - began;
        counters.distribution('move').observe(ms / 1_000, currentTrace());
        log.info({ room: id, moved, ms }, 'room moved');
        return moved;
      });
    } catch (error) {
      counters.count('rooms_moved', 'failed');
      log.warn({ room: id, error: messageOf(error) }, 'room not moved');
      await this.#stays(room);
      return false;
    }
  }

  /** Lets people in again, unless its author had locked it. */
  async #stays(room: R): Promise<void> {
    if (!room.isMoving || room.isElsewhere) return;
    room.isMoving = false;
    await room.unlock().catch(() => {});
  }

  async close(): Promise<void> {
    await this.#adopting?.unsubscribe();
  }

  /** To one after the other: a node that has just died may still be known as ready. */
  async #offer(owner: RoomOwner, to: readonly NodeRecord[]): Promise<boolean> {
    const { bus, log } = this.#parts;
    for (const { id } of to) {
      try {
        const answer = await bus.request(subjectOfNode(id, 'adopt'), { ...owner, ...traceparent() }, ADOPT_MS);
        this.#sent.set(id, (this.#sent.get(id) ?? 0) + 1);
        if ((answer as { adopted?: unknown } | null)?.adopted === true) return true;
      } catch (error) {
        log.warn({ room: owner.roomId, to: id, error: messageOf(error) }, 'room not taken');
      }
    }
    return false;
  }

  async #targets(): Promise<NodeRecord[]> {
    const { nodes, nodeId } = this.#parts;
    const ready = (await nodes()).filter(({ id, state }) => id !== nodeId && state === 'ready');
    const load = ({ id, connections }: NodeRecord) => connections + CONNECTIONS_A_ROOM * (this.#sent.get(id) ?? 0);
    return ready.sort((a, b) => load(a) - load(b)).slice(0, MAX_OFFERS);
  }

  /** Resolves when it holds, or after `ms` in any case. */
  #until(holds: () => boolean, ms: number): Promise<void> {
    const { clock } = this.#parts;
    const end = clock.monotonic() + ms;
    return new Promise((resolve) => {
      const look = () => {
        if (holds() || clock.monotonic() >= end) resolve();
        else clock.after(LOOK_MS, look);
      };
      look();
    });
  }
}

/** When the session that came last was connected. */
function youngest(room: MovableRoom): number {
  return Math.max(
    0,
    ...[...room.recovery.members()].filter(({ connected }) => connected).map(({ state }) => state.since),
  );
}

function isWorking(room: MovableRoom): boolean {
  return [...room.recovery.members()].some(({ inFlight, state }) => inFlight > 0 || state.name === 'joining');
}
