import type { Config } from '../config.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import type { Clock } from '../ports/clock.ts';
import type { SessionPatch, SessionStore } from '../ports/session-store.ts';
import type { LiveSessions } from './LiveSessions.ts';
import type { Session } from './Session.ts';

/** How long a record outlives the last sign of its node, beside the reconnection window. */
const RECORD_SLACK_MS = 60_000;
/** How many of many writes are under way at once: no burst that others would wait behind. */
const BATCH = 250;

export interface SessionRecordsParts {
  readonly config: Config;
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
}

/** What the store has of the sessions of this node. Most of it is written behind what happens: a store that is away is counted. */
export class SessionRecords {
  readonly #parts: SessionRecordsParts;
  readonly #ttlMs: number;
  readonly #renewal: { stop(): void };

  constructor(parts: SessionRecordsParts, live: LiveSessions) {
    this.#parts = parts;
    this.#ttlMs = parts.config.timing.reconnectWindowMs + RECORD_SLACK_MS;
    this.#renewal = parts.clock.every(this.#ttlMs / 3, () => {
      this.inBackground(inBatches(live.ids(), (id) => parts.store.touch(id, this.#ttlMs)));
    });
  }

  /** False when there is one already. Rejects when the store is away. */
  create(session: Session): Promise<boolean> {
    return this.#parts.store.create(this.#recordOf(session), this.#ttlMs);
  }

  /**
   * A session came here with its room, from a snapshot. The store may know more: that it has ended, which is what this
   * resolves with, or returned since and has another token. But for `isOurs`, when the room was here a moment ago: then a
   * record that is not there was lost.
   */
  async restored(session: Session, isOurs: boolean): Promise<{ readonly hasEnded: boolean }> {
    const { store } = this.#parts;
    let hasEnded = false;
    try {
      const record = await store.get(session.id);
      hasEnded = record === undefined && !isOurs;
      if (record !== undefined && record.recoveryHash !== session.recoveryHash) {
        session.previousRecoveryHash = session.recoveryHash;
        session.recoveryHash = record.recoveryHash;
      }
      const now = this.#recordOf(session);
      if (record !== undefined) await store.update(session.id, now, this.#ttlMs);
      else if (isOurs) await store.create(now, this.#ttlMs);
    } catch (error) {
      this.inBackground(Promise.reject(error));
    }
    return { hasEnded };
  }

  save(session: Session, patch: SessionPatch): void {
    const { store, clock } = this.#parts;
    const write = { ...patch, epoch: session.epoch, updatedAt: clock.now() };
    this.inBackground(store.update(session.id, write, this.#ttlMs));
  }

  delete(session: Session): void {
    this.inBackground(this.#parts.store.delete(session.id, session.epoch));
  }

  /** Writes all of them anew, as after the store had lost them, and does what is `also` to be done for each. */
  async tellAgain(sessions: Iterable<Session>, also: (session: Session) => Promise<unknown>): Promise<void> {
    const { store } = this.#parts;
    await inBatches(sessions, async (session) => {
      const record = this.#recordOf(session);
      if (!(await store.create(record, this.#ttlMs))) await store.update(session.id, record, this.#ttlMs);
      await also(session);
    });
  }

  /** Nobody waits for it; that it failed is counted. */
  inBackground(work: Promise<unknown>): void {
    work.catch((error) => {
      this.#parts.counters.count('session_store_errors');
      this.#parts.log.error({ error: error instanceof Error ? error.message : 'unknown' }, 'session store');
    });
  }

  close(): void {
    this.#renewal.stop();
  }

  #recordOf(session: Session) {
    return session.record(this.#parts.clock.now());
  }
}

async function inBatches<T>(items: Iterable<T>, write: (item: T) => Promise<unknown>): Promise<void> {
  const all = [...items];
  for (let from = 0; from < all.length; from += BATCH) await Promise.all(all.slice(from, from + BATCH).map(write));
}
