/**
 * Who owns which room, and what is needed to bring it back on another node.
 *
 * - A room has one owner at a time, under an epoch that grows with each change
 *   of owner, from 1.
 * - Fencing: a write under another epoch than the room's is refused with false
 *   and changes nothing. An owner that was only slow learns so that it is one no
 *   more.
 * - Of all who claim a room from one epoch, one wins.
 * - What happens after a snapshot is kept one by one, in order and without gaps:
 *   the room's tail. A record of the tail is a room's n-th, from 0.
 * - Calls are carried out in the order in which they were made. One that was made
 *   is carried out though the process is killed after it, unless the network fails.
 * - A room's record lives for `ttlMs` from its last opening, claim or save.
 * - Out of reach: every call rejects with UNAVAILABLE within 2 seconds.
 */
export interface RoomStore {
  /** False where nothing outlives the process: then no snapshots are taken. */
  readonly outlivesProcess: boolean;
  /** A new room, under epoch 1; or one that the store has lost, under the `epoch` that it had. False when there is a room with this id. */
  open(room: NewRoom, ttlMs: number, epoch?: number): Promise<boolean>;
  /** Takes the room over from whoever owns it under `from`. Resolves with the new epoch; undefined when it is another by now. */
  claim(roomId: string, nodeId: string, from: number, ttlMs: number): Promise<number | undefined>;
  owner(roomId: string): Promise<RoomOwner | undefined>;
  /** Sorted by room id, at most 1,000. */
  ofNode(nodeId: string): Promise<RoomOwner[]>;
  /** `tail`: so many of the room's records are in the snapshot already; they are dropped. */
  save(roomId: string, epoch: number, snapshot: Uint8Array, ttlMs: number, tail?: number): Promise<boolean>;
  /** The room's n-th record. False also when it does not follow the one before it, which was never kept. */
  append(roomId: string, epoch: number, n: number, record: Uint8Array): Promise<boolean>;
  /** Undefined when none was saved. What is returned is a copy. */
  snapshot(roomId: string): Promise<Uint8Array | undefined>;
  /** Of what came after the snapshot, in order. */
  tail(roomId: string): Promise<Uint8Array[]>;
  /** The room has ended. */
  remove(roomId: string, epoch: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface NewRoom {
  readonly roomId: string;
  readonly roomName: string;
  readonly nodeId: string;
}

export interface RoomOwner extends NewRoom {
  readonly epoch: number;
}
