import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { NodeRecord, NodeRegistry, NodeState } from '../ports/nodes.ts';

/** A node that has not beaten for the time to live is dead: three beats. */
export const BEAT_MS = 1_000;
export const NODE_TTL_MS = 3_000;
/** How long the one who cleans up after a node may take before another tries. */
const CLAIM_MS = 10_000;
/** After the registry was out of reach nobody is called dead for this long: all were silent, and all come back. */
const QUIET_MS = NODE_TTL_MS + 2 * BEAT_MS;

export interface NodesParts {
  readonly registry: NodeRegistry;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  /** What this node tells of itself at each beat. */
  readonly self: () => NodeRecord;
  /** Cleans up after a dead node, everything at once; may be called again for the same node. */
  readonly cleanUp: (nodeId: string) => Promise<void>;
  /** This node was silent for longer than its time to live: what others know of it may be gone. */
  readonly comeBack: () => Promise<void>;
}

/** This node among the others: its heartbeat, a picture of the rest, and the cleaning up after the dead. */
export class Nodes {
  readonly #parts: NodesParts;
  #known: readonly NodeRecord[] = [];
  #timer: Timer | undefined;
  #beating = false;
  #registered = false;
  #quietUntil = 0;
  #beatenAt = 0;
  #state: NodeState = 'starting';

  constructor(parts: NodesParts) {
    this.#parts = parts;
  }

  /** Takes part. @throws TypeError when another process has this node's id; UNAVAILABLE */
  async start(): Promise<void> {
    if (!(await this.#parts.registry.beat(this.#record(), NODE_TTL_MS))) {
      throw new TypeError(`another process has the node id ${this.#parts.self().id}`);
    }
    this.#registered = true;
    this.#beatenAt = this.#parts.clock.monotonic();
    this.#known = await this.#parts.registry.list();
    this.#timer = this.#parts.clock.every(BEAT_MS, () => this.#beat());
  }

  /** Tells the others at once; when they are out of reach, with the next beat. */
  async become(state: NodeState): Promise<void> {
    this.#state = state;
    await this.#beat();
  }

  /** False while the registry is out of reach or the id is taken. */
  get isRegistered(): boolean {
    return this.#registered;
  }

  /** The live nodes as of the last beat. */
  get known(): readonly NodeRecord[] {
    return this.#known;
  }

  /** A live node, also one that is younger than the last beat. */
  async find(id: string): Promise<NodeRecord | undefined> {
    return this.#known.find((node) => node.id === id) ?? (await this.#parts.registry.get(id));
  }

  async stop(): Promise<void> {
    this.#timer?.stop();
    const { id, incarnation } = this.#parts.self();
    await this.#parts.registry.leave(id, incarnation).catch(() => {});
  }

  #record(): NodeRecord {
    return { ...this.#parts.self(), state: this.#state };
  }

  async #beat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    const { registry, clock, counters, log, comeBack } = this.#parts;
    try {
      const accepted = await registry.beat(this.#record(), NODE_TTL_MS);
      if (!accepted) log.error('another process has this node id');
      this.#registered = accepted;
      this.#known = await registry.list();
      const silentMs = clock.monotonic() - this.#beatenAt;
      if (accepted && silentMs > NODE_TTL_MS) await comeBack();
      this.#beatenAt = clock.monotonic();
      if (clock.monotonic() >= this.#quietUntil) await this.#cleanUpAfterTheDead();
    } catch (error) {
      this.#registered = false;
      this.#quietUntil = clock.monotonic() + QUIET_MS;
      counters.count('node_beats_failed');
      log.warn({ error: error instanceof Error ? error.message : 'unknown' }, 'node registry out of reach');
    } finally {
      this.#beating = false;
    }
  }

  async #cleanUpAfterTheDead(): Promise<void> {
    const { registry, counters, log, cleanUp } = this.#parts;
    for (const id of await registry.expired()) {
      const fence = await registry.claim(id, CLAIM_MS);
      if (fence === undefined) continue;
      log.warn({ dead: id }, 'cleaning up after a node');
      await cleanUp(id);
      if (await registry.cleaned(id, fence)) counters.count('nodes_cleaned');
    }
  }
}
