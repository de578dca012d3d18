import { type Client, ClientState } from '@colyseus/core';
import { Schema } from '@colyseus/schema';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import type { Clock } from '../ports/clock.ts';
import { SeenState, uncheckedField } from './hash.ts';

/** How often a few of the clients are checked, so that no patch has to wait for many. */
const TURN_MS = 250;

export interface StateChecksParts {
  /** How often each client is checked, in milliseconds. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  /** False while the client would get a message before a patch that was sent before it. */
  readonly isInOrder: (client: Client) => boolean;
  /** Tells a client the hash of what it should hold now. */
  readonly tell: (client: Client, hash: number) => void;
}

/**
 * Tells the clients of a room, in turns, the hash of what they should hold. A client that holds something else asks for
 * the whole state (`state.resync`). Checks are sent right behind a patch, so that they are about the state after it; who
 * is too slow for that is left out until it has caught up.
 */
export class StateChecks {
  readonly #parts: StateChecksParts;
  /** Who takes checks: when the next is due. */
  readonly #dueAt = new Map<string, number>();
  #nextTurnAt = 0;
  /** The class of the state that was looked at last, and whether it can be checked. */
  #stateClass: unknown;
  #isCheckable = false;

  constructor(parts: StateChecksParts) {
    this.#parts = parts;
  }

  /** A session whose client takes checks; or one of these has been sent all anew. Its next check is due now. */
  add(sessionId: string): void {
    this.#dueAt.set(sessionId, 0);
  }

  remove(sessionId: string): void {
    this.#dueAt.delete(sessionId);
  }

  /** After each patch, before anything can change the state. */
  afterPatch(state: unknown, clients: Iterable<Client>): void {
    const { everyMs, clock, counters, isInOrder, tell } = this.#parts;
    const now = clock.monotonic();
    if (this.#dueAt.size === 0 || now < this.#nextTurnAt || !this.#canCheck(state)) return;
    const turnMs = Math.min(TURN_MS, everyMs);
    // Patches do not come when a turn is due: what one is late by, the next is not.
    this.#nextTurnAt = Math.max(this.#nextTurnAt + turnMs, now);
    let left = Math.ceil((this.#dueAt.size * turnMs) / everyMs);
    let seen: SeenState | undefined;
    for (const client of clients) {
      if (left === 0) return;
      const dueAt = this.#dueAt.get(client.sessionId);
      if (dueAt === undefined || dueAt > now || client.state !== ClientState.JOINED || !isInOrder(client)) continue;
      seen ??= new SeenState(state);
      this.#dueAt.set(client.sessionId, now + everyMs);
      tell(client, seen.hashFor(client.view));
      counters.count('state_checks', 'sent');
      left -= 1;
    }
  }

  #canCheck(state: unknown): state is Schema {
    if (!(state instanceof Schema)) return false;
    if (state.constructor === this.#stateClass) return this.#isCheckable;
    const field = uncheckedField(state);
    this.#stateClass = state.constructor;
    this.#isCheckable = field === undefined;
    if (field !== undefined) this.#parts.log.info({ field }, 'this state cannot be checked (docs/consistency.md)');
    return this.#isCheckable;
  }
}
