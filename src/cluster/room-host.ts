import type { Tail } from '../room/Tail.ts';
import type { Snapshot } from '../state/snapshot.ts';

/** A room, as its keeper sees it. */
export interface KeptRoom {
  readonly roomId: string;
  readonly roomName: string;
  readonly epoch: number;
  /** It goes on at another node: what is left here is ending. */
  isElsewhere: boolean;
  /** What it does between two snapshots. Set by its keeper. */
  tail?: Tail | undefined;
}

/** A room, as its mover sees it. */
export interface MovableRoom extends KeptRoom {
  readonly locked: boolean;
  /** Locked for a move, and not by its author. */
  isMoving: boolean;
  lock(): Promise<unknown>;
  unlock(): Promise<unknown>;
  readonly recovery: { members(): Iterable<Occupant> };
}

/** Somebody with a seat in a room. */
export interface Occupant {
  readonly connected: boolean;
  /** Requests that are being worked on. */
  readonly inFlight: number;
  readonly state: { readonly name: string; readonly since: number };
}

/** What makes and ends the rooms of this node. */
export interface RoomHost<R extends KeptRoom> {
  /** `isLast`: nothing happens in it afterwards. */
  snapshotOf(room: R, options?: { isLast: boolean }): Snapshot;
  /** Is a room of this id here, also one that is ending? */
  has(roomId: string): boolean;
  /**
   * Makes a room, which asks its keeper what it goes on with. Rejects when it is not here afterwards: with UNAVAILABLE
   * when the next attempt may succeed.
   */
  make(roomName: string, roomId: string): Promise<void>;
  /** Ends what is here of a room that goes on elsewhere: its players are told to come again. Resolves when the id is free. */
  abandon(room: R): Promise<void>;
}
