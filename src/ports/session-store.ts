/**
 * Sessions as records, so that they outlive their socket and their process.
 *
 * - Every record lives for `ttlMs` from its last create, update or touch, and is
 *   then gone from every answer, also from the indexes.
 * - An update is atomic: all of the patch or none of it.
 * - Fencing: a write whose `epoch` is lower than the record's is refused with
 *   false and changes nothing. An equal or higher one is taken.
 * - What is returned is a copy.
 * - Out of reach: every call rejects with UNAVAILABLE within 2 seconds.
 */
export interface SessionStore {
  /** False when a live record has this id already. */
  create(record: SessionRecord, ttlMs: number): Promise<boolean>;
  get(id: string): Promise<SessionRecord | undefined>;
  /** False when there is no live record, or it was written under a higher epoch. `patch.epoch` defaults to the record's. */
  update(id: string, patch: SessionPatch, ttlMs: number): Promise<boolean>;
  /** Renews the time to live. False when there is no live record. */
  touch(id: string, ttlMs: number): Promise<boolean>;
  /** False when there was none, or it was written under a higher epoch than the one that is given. */
  delete(id: string, epoch?: number): Promise<boolean>;
  /** Sorted by id, at most `limit` (default 100, at most 1,000). */
  byUser(userId: string, limit?: number): Promise<SessionRecord[]>;
  /** Sorted by id, at most `limit` (default 1,000, at most 1,000). */
  byRoom(roomId: string, limit?: number): Promise<SessionRecord[]>;
  /** Sorted by id, at most `limit` (default 1,000, at most 1,000). */
  byNode(nodeId: string, limit?: number): Promise<SessionRecord[]>;
  close(): Promise<void>;
}

export type SessionStateName = 'joining' | 'online' | 'away' | 'dropped' | 'moving' | 'gone';

export interface SessionRecord {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly role: string;
  readonly roomId: string;
  readonly roomName: string;
  /** The node that owns the room. */
  readonly nodeId: string;
  /** Grows each time the room changes owner. */
  readonly epoch: number;
  readonly state: SessionStateName;
  /** Milliseconds since 1970, like all times here. */
  readonly joinedAt: number;
  readonly updatedAt: number;
  /** When the identity of the session expires. */
  readonly expiresAt: number;
  readonly tokenId: string | null;
  readonly issuedAt: number;
  /** The last event of the room's journal that the client is known to have. */
  readonly lastSequence: number;
  /** SHA-256 of the token that a returning connection must show, in base64url; null before the seat is taken. */
  readonly recoveryHash: string | null;
}

/** What may change. Who and where a session is may not. */
export type SessionPatch = Partial<
  Pick<
    SessionRecord,
    | 'nodeId'
    | 'epoch'
    | 'state'
    | 'updatedAt'
    | 'expiresAt'
    | 'tokenId'
    | 'issuedAt'
    | 'lastSequence'
    | 'recoveryHash'
    | 'name'
    | 'role'
  >
>;
