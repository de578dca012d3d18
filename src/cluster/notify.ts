import { notifyEnvelope, subjectOfNotify } from '../../schema/bus/index.ts';
import { TokenBucket } from '../gate/token-bucket.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventBus, Subscription } from '../ports/event-bus.ts';

/** Notifications that one user, and one node for all its users, takes from services; more are dropped. */
export const NOTIFY_RATES = {
  user: { perSecond: 50, burst: 100 },
  node: { perSecond: 5_000, burst: 10_000 },
} as const;

export interface PlayerNotificationsParts {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly counters: Counters;
  /** Sends a JSON-RPC notification to the user's sessions on this node; says how many have got it. */
  readonly deliver: (userId: string, method: string, params: Readonly<Record<string, unknown>>) => number;
  /** The bus refused a subscription, or `deliver` threw. */
  readonly onFault: (error: unknown) => void;
}

interface Here {
  readonly sessions: Set<string>;
  readonly rate: TokenBucket;
  /** Undefined when the bus refused it. */
  subscription: Promise<Subscription | undefined>;
}

/**
 * Services reach players: `gatehouse.user.<userId>.notify`.
 *
 * A node subscribes for each user that it has, not for all users at once: the
 * bus then brings a message only to the nodes that have its user, and drops one
 * for a user who is nowhere. With `gatehouse.user.*.notify` every node would read every
 * message, and another node would not make any of them less busy.
 *
 * Counted: `notify:reached`, `notify:missed` (no session was there to get it),
 * `notify:foreign`, `notify:limited_user`, `notify:limited_node`, `notify:faults`.
 */
export class PlayerNotifications {
  readonly #parts: PlayerNotificationsParts;
  readonly #here = new Map<string, Here>();
  readonly #rate: TokenBucket;

  constructor(parts: PlayerNotificationsParts) {
    this.#parts = parts;
    this.#rate = new TokenBucket(NOTIFY_RATES.node, parts.clock.monotonic());
  }

  /** A session of the user is on this node. Adding it again changes nothing. */
  add(userId: string, sessionId: string): void {
    let here = this.#here.get(userId);
    if (here === undefined) {
      const rate = new TokenBucket(NOTIFY_RATES.user, this.#parts.clock.monotonic());
      here = { sessions: new Set(), rate, subscription: Promise.resolve(undefined) };
      here.subscription = this.#subscribe(userId, here);
      this.#here.set(userId, here);
    }
    here.sessions.add(sessionId);
  }

  /** It is gone. */
  remove(userId: string, sessionId: string): void {
    const here = this.#here.get(userId);
    if (here === undefined || !here.sessions.delete(sessionId) || here.sessions.size > 0) return;
    this.#here.delete(userId);
    void this.#unsubscribe(here);
  }

  /** Resolves when messages for the user will come. For tests, and for whoever must know. */
  async listening(userId: string): Promise<boolean> {
    return (await this.#here.get(userId)?.subscription) !== undefined;
  }

  /** Users that are listened for. */
  get size(): number {
    return this.#here.size;
  }

  async close(): Promise<void> {
    const all = [...this.#here.values()];
    this.#here.clear();
    await Promise.all(all.map((here) => this.#unsubscribe(here)));
  }

  async #subscribe(userId: string, here: Here): Promise<Subscription | undefined> {
    try {
      return await this.#parts.bus.subscribe(subjectOfNotify(userId), (payload) => {
        this.#receive(userId, here, payload);
      });
    } catch (error) {
      this.#fault(error);
      return undefined;
    }
  }

  async #unsubscribe({ subscription }: Here): Promise<void> {
    await (await subscription)?.unsubscribe();
  }

  #receive(userId: string, here: Here, payload: unknown): void {
    const { clock, counters, deliver } = this.#parts;
    // The subscription of a stay that is over ends a moment later; that of the next stay may be there already.
    if (this.#here.get(userId) !== here) {
      counters.count('notify', 'missed');
      return;
    }
    const now = clock.monotonic();
    // Before it is looked at: what is not ours costs as much as what is. The user's own bound first,
    // so that a flood for one user leaves the node's to the others.
    if (!here.rate.take(now)) {
      counters.count('notify', 'limited_user');
      return;
    }
    if (!this.#rate.take(now)) {
      counters.count('notify', 'limited_node');
      return;
    }
    const message = notifyEnvelope.read.safeParse(payload);
    if (!message.success) {
      counters.count('notify', 'foreign');
      return;
    }
    const { method, params } = message.data;
    try {
      counters.count('notify', deliver(userId, method, params) > 0 ? 'reached' : 'missed');
    } catch (error) {
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    this.#parts.counters.count('notify', 'faults');
    this.#parts.onFault(error);
  }
}
