import { z } from 'zod';
import { everyNode, subjectOfNode } from '../../schema/bus/subjects.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventBus, Subscription } from '../ports/event-bus.ts';
import type { Counters } from './Counters.ts';
import type { Logger } from './log.ts';

/** Actions that are shown; all are in the log. */
const KEPT = 200;
/** The last moment that a Date can hold. */
const MAX_TIME = 8.64e15;

export const AuditEntry = z.strictObject({
  /** Milliseconds since 1970. */
  at: z.number().min(0).max(MAX_TIME),
  /** The node that was asked. */
  node: z.string().max(128),
  /** The user id of the admin. */
  admin: z.string().max(256),
  action: z.string().max(64),
  /** What it was about: a room, a session, a user, a node. */
  target: z.string().max(256),
  /** `ok`, or the name of an error. */
  outcome: z.string().max(64),
});
export type AuditEntry = z.output<typeof AuditEntry>;

export interface AuditLogParts {
  readonly nodeId: string;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly counters: Counters;
  readonly log: Logger;
}

/** What admins did, on every node: a line of the log each, whatever its level, and the last of them to be shown. */
export class AuditLog {
  readonly #parts: AuditLogParts;
  readonly #log: Logger;
  readonly #kept: AuditEntry[] = [];
  #watching: Subscription | undefined;

  constructor(parts: AuditLogParts) {
    this.#parts = parts;
    // A level of its own: who turns the log down is written down, too.
    this.#log = parts.log.child({ audit: true }, { level: 'info' });
  }

  /** From now on it knows what admins do on other nodes. */
  async open(): Promise<void> {
    const { bus, nodeId, counters } = this.#parts;
    this.#watching = await bus.subscribe(everyNode('audit'), (payload, subject) => {
      if (subject === subjectOfNode(nodeId, 'audit')) return;
      const { data } = AuditEntry.safeParse(payload);
      // A node may be allowed to publish under its own name only.
      if (data !== undefined && subject === subjectOfNode(data.node, 'audit')) this.#keep(data);
      else counters.count('bus_foreign');
    });
  }

  note(done: Pick<AuditEntry, 'admin' | 'action' | 'target' | 'outcome'>): void {
    const { clock, nodeId, bus } = this.#parts;
    const entry = { at: clock.now(), node: nodeId, ...done, target: done.target.slice(0, 256) };
    const { admin, action, target, outcome } = entry;
    // By a name of its own, as users may be hashed.
    const about = action === 'revoke' ? { targetUser: target } : { target };
    this.#log.info({ user: admin, action, ...about, outcome }, 'admin action');
    this.#keep(entry);
    bus.publish(subjectOfNode(nodeId, 'audit'), entry).catch(() => {}); // It is in this node's log.
  }

  /** The latest first. */
  latest(): readonly AuditEntry[] {
    return this.#kept.toReversed();
  }

  async close(): Promise<void> {
    await this.#watching?.unsubscribe();
  }

  #keep(entry: AuditEntry): void {
    this.#kept.push(entry);
    if (this.#kept.length > KEPT) this.#kept.shift();
  }
}
