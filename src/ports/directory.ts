import type { ChosenStatus, Status } from '../../schema/index.ts';

/**
 * Who is online, and when they were last seen.
 *
 * - One entry a user. It stays after the user has gone, so that last seen is
 *   known; at most `capacity` offline users are kept, the longest gone are
 *   forgotten first. A user with a session is never forgotten.
 * - `add` and `remove` say that a session is connected or no longer connected.
 *   They are idempotent by session id.
 * - For a listing by status, a user without a connected session who was last
 *   seen at or before `offlineSince` is offline; everybody else has the status
 *   that they chose.
 * - What is returned is a copy.
 * - Out of reach: every call rejects with UNAVAILABLE within 2 seconds. It may
 *   have been carried out, and may be made again.
 */
export interface Directory {
  add(session: DirectorySession, now: number): Promise<DirectoryEntry>;
  /** The entry after the removal; undefined when the user was unknown. A session that another node has added since stays. */
  remove(userId: string, sessionId: string, now: number): Promise<DirectoryEntry | undefined>;
  /** Takes out every session of a node, in bounded steps; resolves with the entries that changed. */
  removeNode(nodeId: string, now: number): Promise<DirectoryEntry[]>;
  /** Undefined when the user is unknown. */
  setStatus(userId: string, status: ChosenStatus, now: number): Promise<DirectoryEntry | undefined>;
  get(userId: string): Promise<DirectoryEntry | undefined>;
  /** Sorted by user id, after `after`, at most `limit` (at most 101). Does not hold the loop for more than 1,000 entries at once. */
  list(query: DirectoryQuery): Promise<DirectoryEntry[]>;
  close(): Promise<void>;
}

export interface DirectorySession {
  readonly sessionId: string;
  readonly userId: string;
  readonly name: string;
  readonly roomName: string;
  readonly nodeId: string;
}

export interface DirectoryQuery {
  readonly after?: string | undefined;
  readonly limit: number;
  readonly status?: Status | undefined;
  /** Milliseconds since 1970. */
  readonly offlineSince: number;
}

export interface DirectoryEntry {
  readonly userId: string;
  readonly name: string;
  /** What the user chose; kept while offline. */
  readonly chosen: ChosenStatus;
  /** Milliseconds since 1970. */
  readonly lastSeen: number;
  /** Names of the rooms of the connected sessions, sorted, each once. Empty: the user has no connected session. */
  readonly where: readonly string[];
}
