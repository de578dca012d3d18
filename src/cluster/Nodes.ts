import { randomBytes } from 'node:crypto';
import { fail, messageOf } from '../fail.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { NodeRecord, NodeRegistry, NodeState } from '../ports/nodes.ts';
import type { Hailed } from './Hail.ts';

/** A node that has not beaten for the time to live is dead: three beats. */
export const BEAT_MS = 1_000;
export const NODE_TTL_MS = 3_000;
/** How long a node that starts waits for what others have left behind. */
const MAX_FIRST_CLEANING_MS = 3_000;
/** Longer ones are none of ours. */
const MAX_ID = 128;
/** How long the one who cleans up after a node may take before another tries. */
const CLAIM_MS = 10_000;
/** After the registry was out of reach, or has forgotten, nobody is called dead for this long: all come back. */
const QUIET_MS = NODE_TTL_MS + 2 * BEAT_MS;
/** After the registry came back empty: by then every node has told of its rooms, and none is made a second time. */
const SETTLE_MS = 2 * BEAT_MS;

export interface NodesParts {
  readonly registry: NodeRegistry;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  /** What this node tells of itself at each beat. */
  readonly self: () => NodeRecord;
  /** Cleans up after a dead node, everything at once; may be called again for the same node. */
  readonly cleanUp: (nodeId: string) => Promise<void>;
  /** What others know of this node may be gone: it is told anew. May be called again. */
  readonly comeBack: () => Promise<void>;
  /** What a node says that is asked past the registry; undefined when it says nothing. */
  readonly hail: (nodeId: string) => Promise<Hailed | undefined>;
  /** The others go on without this node, which the registry is out of reach of: what it has is theirs by now. */
  readonly cutOff: () => void;
  readonly announce: (state: NodeState | 'gone') => void;
  /** After each beat that was answered, but while it cannot be known who is dead: who is alive. */
  readonly onBeat?: (live: ReadonlySet<string>) => void;
}

/** This node among the others: its heartbeat, a picture of the rest, and the cleaning up after the dead. */
export class Nodes {
  readonly #parts: NodesParts;
  #known: readonly NodeRecord[] = [];
  #timer: Timer | undefined;
  #secret = randomBytes(32).toString('base64url');
  #beating = false;
  #registered = false;
  #mustComeBack = false;
  #comingBack = false;
  #cleaning = false;
  #quietUntil = 0;
  /** Until then this node cannot know whether the registry was away before it began. */
  #youngUntil = 0;
  #settledAt = 0;
  #registeredAt = 0;
  #isCutOff = false;
  #state: NodeState = 'starting';

  constructor(parts: NodesParts) {
    this.#parts = parts;
  }

  /** Takes part. @throws TypeError when another process has this node's id; UNAVAILABLE */
  async start(): Promise<void> {
    const { registry, clock, self } = this.#parts;
    if ((await registry.beat(this.#record(), NODE_TTL_MS)) === 'taken') {
      throw new TypeError(`another process has the node id ${self().id}`);
    }
    this.#registered = true;
    this.#registeredAt = clock.monotonic();
    this.#youngUntil = clock.monotonic() + QUIET_MS;
    this.#secret = await registry.secret(this.#secret);
    this.#known = await registry.list();
    // Whose node has just ended comes back before others make new rooms.
    const late = new Promise<void>((resolve) => void clock.after(MAX_FIRST_CLEANING_MS, resolve));
    await Promise.race([this.#cleanUpAfterTheDead(), late]);
    this.#timer = clock.every(BEAT_MS, () => this.#beat());
    registry.watch({
      onLost: () => {
        this.#registered = false;
      },
      onReady: () => this.#beat(),
    });
  }

  /** Tells the others at once; when they are out of reach, with the next beat. */
  async become(state: NodeState): Promise<void> {
    this.#state = state;
    await this.#beat();
    this.#parts.announce(state);
  }

  /** False while the registry is out of reach or the id is taken. */
  get isRegistered(): boolean {
    return this.#registered;
  }

  /** False as well while the nodes still tell each other of their rooms: who joined now could be given a second one. */
  get isSettled(): boolean {
    const isTold = !this.#mustComeBack && !this.#comingBack;
    return this.#registered && isTold && this.#parts.clock.monotonic() >= this.#settledAt;
  }

  /** Also a drained node serves, while there is none to go to. Whether the registry is there or not. */
  get isServing(): boolean {
    return !this.#isCutOff && (this.#state === 'ready' || !this.hasOthers);
  }

  /** Are there others who let people in? */
  get hasOthers(): boolean {
    return this.#others().some(({ state }) => state === 'ready');
  }

  /** The live nodes as of the last beat. */
  get known(): readonly NodeRecord[] {
    return this.#known;
  }

  /** What the nodes of the deployment sign with. */
  get secret(): string {
    return this.#secret;
  }

  /** A node that the registry has as alive, also one that is younger than the last beat. */
  async find(id: string): Promise<NodeRecord | undefined> {
    const node = this.#known.find((known) => known.id === id) ?? (await this.#parts.registry.get(id));
    const { id: own, address } = this.#parts.self();
    // The process that had this one's place is gone, though its time is not over.
    return node?.address === address && id !== own ? undefined : node;
  }

  /** As `find`: undefined when it is dead, so that others may take what it had. @throws UNAVAILABLE while that cannot be known */
  async findUnlessDead(id: string): Promise<NodeRecord | undefined> {
    const node = await this.find(id);
    if (node === undefined && (this.#isQuiet || (await this.#isComingBack(id)))) throw fail('UNAVAILABLE');
    return node;
  }

  /** `leave`: nothing of this node is left. Otherwise it is dead at once, and others clean up after it. */
  async stop({ leave }: { leave: boolean }): Promise<void> {
    this.#timer?.stop();
    const { registry, self, announce } = this.#parts;
    const { id, incarnation } = self();
    await (leave ? registry.leave(id, incarnation) : registry.beat(this.#record(), 1)).catch(() => {});
    announce('gone');
  }

  /** The others were silent as well, or are forgotten as well, and come back. */
  get #isQuiet(): boolean {
    return this.#parts.clock.monotonic() < this.#quietUntil;
  }

  /** A node that is there, and that a registry which this node has just found does not have yet. */
  async #isComingBack(id: string): Promise<boolean> {
    const { clock, hail } = this.#parts;
    return clock.monotonic() < this.#youngUntil && id.length <= MAX_ID && (await hail(id)) !== undefined;
  }

  /** For the node that asks: it may be the only one that the registry is out of reach of. */
  takesForDead(id: string): boolean {
    return this.#registered && !this.#isQuiet && !this.#known.some((node) => node.id === id);
  }

  /** Never rejects. */
  async #seeWhetherCutOff(): Promise<void> {
    const { clock, hail, cutOff, log } = this.#parts;
    if (this.#isCutOff || clock.monotonic() - this.#registeredAt <= NODE_TTL_MS) return;
    const answers = await Promise.all(this.#others().map(({ id }) => hail(id)));
    if (this.#registered || this.#isCutOff || !answers.some((answer) => answer?.takesForDead)) return;
    this.#isCutOff = true;
    log.error('the others go on without this node');
    cutOff();
  }

  #others(): NodeRecord[] {
    const { id } = this.#parts.self();
    return this.#known.filter((node) => node.id !== id);
  }

  #record(): NodeRecord {
    return { ...this.#parts.self(), state: this.#state };
  }

  async #beat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    const { registry, clock, counters, log } = this.#parts;
    try {
      const standing = await registry.beat(this.#record(), NODE_TTL_MS);
      if (standing === 'taken') log.error('another process has this node id');
      if (standing === 'new') {
        this.#mustComeBack = true;
        this.#settledAt = clock.monotonic() + SETTLE_MS;
        this.#quietUntil = clock.monotonic() + QUIET_MS;
      }
      this.#registered = standing !== 'taken';
      this.#registeredAt = clock.monotonic();
      this.#isCutOff = false;
      this.#known = await registry.list();
      if (!this.#isQuiet) this.#parts.onBeat?.(new Set(this.#known.map(({ id }) => id)));
      // Neither is waited for: with many sessions they take longer than this node lives without a beat.
      if (this.#registered && this.#mustComeBack) void this.#comeBack();
      if (!this.#isQuiet) void this.#cleanUpAfterTheDead();
    } catch (error) {
      this.#registered = false;
      // Whatever was to be told meanwhile was not.
      this.#mustComeBack = true;
      this.#quietUntil = clock.monotonic() + QUIET_MS;
      counters.count('node_beats_failed');
      log.warn({ error: messageOf(error) }, 'node registry out of reach');
      void this.#seeWhetherCutOff();
    } finally {
      this.#beating = false;
    }
  }

  /** Never rejects: what fails is done again after the next beat. */
  async #comeBack(): Promise<void> {
    if (this.#comingBack) return;
    this.#comingBack = true;
    this.#mustComeBack = false;
    const { registry, counters, log, comeBack } = this.#parts;
    try {
      this.#secret = await registry.secret(this.#secret);
      await comeBack();
      counters.count('node_came_back');
      log.warn('this node was forgotten by the others, and has told them again');
    } catch (error) {
      this.#mustComeBack = true;
      log.warn({ error: messageOf(error) }, 'node could not tell the others again');
    } finally {
      this.#comingBack = false;
    }
  }

  /** Never rejects: whoever is still dead at the next beat is cleaned up after then. */
  async #cleanUpAfterTheDead(): Promise<void> {
    if (this.#cleaning) return;
    this.#cleaning = true;
    const { registry, counters, log, cleanUp } = this.#parts;
    try {
      for (const id of await registry.expired()) {
        if (await this.#isComingBack(id)) continue;
        const fence = await registry.claim(id, CLAIM_MS);
        if (fence === undefined) continue;
        log.warn({ dead: id }, 'cleaning up after a node');
        await cleanUp(id);
        if (await registry.cleaned(id, fence)) counters.count('nodes_cleaned');
      }
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'cleaning up after a node failed');
    } finally {
      this.#cleaning = false;
    }
  }
}
