/**
 * The nodes of a deployment: who is alive, where, and how busy.
 *
 * - A node is alive for `ttlMs` after its last beat. Then it is in no answer but
 *   `expired`, until somebody has cleaned up after it.
 * - Time is the registry's own: nodes whose clocks differ agree on who is alive.
 * - An id belongs to one incarnation at a time: a second process with the id of
 *   a live one is refused.
 * - Of all who want to clean up after a node, one gets a fence; fences grow.
 *   A node that beats again meanwhile, or that the registry has forgotten, is
 *   told by the answer to a beat that others may have taken away what is its own.
 * - Out of reach: every call rejects with UNAVAILABLE within 2 seconds.
 */
export interface NodeRegistry {
  /** `taken`: nothing is changed. `new`: not alive until now, or cleaned up after since the last beat. */
  beat(node: NodeRecord, ttlMs: number): Promise<Standing>;
  /** Takes the node out at once; what it leaves behind is its own to clean up. No-op for another incarnation. */
  leave(id: string, incarnation: string): Promise<void>;
  get(id: string): Promise<NodeRecord | undefined>;
  /** The live nodes, sorted by id; at most 1,000. */
  list(): Promise<NodeRecord[]>;
  /** Ids of nodes that stopped beating and that nobody has cleaned up after; at most 100. */
  expired(): Promise<string[]>;
  /** The right to clean up after an expired node for `ttlMs`; undefined when somebody has it, or the node lives. */
  claim(id: string, ttlMs: number): Promise<number | undefined>;
  /** Takes the node off the list of the expired. False when the fence is not the latest. */
  cleaned(id: string, fence: number): Promise<boolean>;
  /** One unguessable string that all nodes of the deployment share: the first that one `proposed`. */
  secret(proposed: string): Promise<string>;
  /** Calls `onLost` when the registry gets out of reach and `onReady` when it is back, perhaps without what it knew. */
  watch(watcher: { onLost(): void; onReady(): void }): void;
  close(): Promise<void>;
}

/** What a registry knows of a node when it beats; `taken`: the id belongs to another live incarnation. */
export type Standing = 'known' | 'new' | 'taken';

export type NodeState = 'starting' | 'ready' | 'draining';

export interface NodeRecord {
  readonly id: string;
  /** Of the process: two processes with one id differ in it. */
  readonly incarnation: string;
  /** Host and port that other nodes reach it under. */
  readonly address: string;
  readonly version: string;
  readonly state: NodeState;
  readonly rooms: number;
  readonly connections: number;
  /** Milliseconds since 1970, by the node's own clock. */
  readonly startedAt: number;
}
