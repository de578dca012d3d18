import { type Client, type ClientPrivate, ClientState } from '@colyseus/core';
import type { Sequence } from '../../schema/index.ts';
import type { Config } from '../config.ts';
import { fail } from '../fail.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Clock } from '../ports/clock.ts';
import { messageOf, notification } from '../rpc/message.ts';
import { Journal, type JournalEntry, type Receivers, type SavedJournal } from './Journal.ts';
import type { Session } from './Session.ts';

/** A session, as far as what it may have missed goes. */
export interface Member {
  readonly id: string;
  readonly connected: boolean;
  readonly client: Client;
  /** The number of the last numbered notification that its client is known to have. */
  acknowledged: number;
  /** The last that its client itself says that it has seen, on its way back. */
  named: Sequence | undefined;
}

export interface RecoveryParts {
  readonly config: Pick<Config, 'journal' | 'outbox'>;
  readonly clock: Clock;
  readonly counters: Counters;
  /** Each entry, before it is sent. */
  readonly onPost?: (entry: JournalEntry) => void;
}

/** Of OUTBOX_BYTES, what one return may be sent of the journal: with the state beside it, and more to come. */
const REPLAY_SHARE = 0.5;

/** The numbered notifications of one room, and how far each of its sessions has them. */
export class Recovery<M extends Member = Session> {
  readonly #parts: RecoveryParts;
  readonly #members = new Map<string, M>();
  #journal: Journal;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
    this.#journal = new Journal(parts.config.journal);
  }

  get journal(): Journal {
    return this.#journal;
  }

  /** Goes on with the journal of an earlier owner, before anybody is here. */
  restore(saved: SavedJournal, epoch: number): void {
    this.#journal = new Journal(this.#parts.config.journal, { epoch, saved });
  }

  /** It hears what is said from now on. A restored one is told how far it had come: `acknowledged`. */
  add(member: M, { acknowledged = this.#journal.last }: { acknowledged?: number } = {}): void {
    member.acknowledged = acknowledged;
    this.#members.set(member.id, member);
  }

  remove(sessionId: string): void {
    this.#members.delete(sessionId);
  }

  /** Everybody who has a seat in the room, connected or not. */
  members(): IterableIterator<M> {
    return this.#members.values();
  }

  /**
   * Numbers a notification, keeps it, and sends it to those of its receivers who are connected.
   * @throws PAYLOAD_TOO_LARGE for one that could never wait for a slow client
   */
  post(method: string, params: object, receivers: Receivers): void {
    const message = messageOf(notification(method, params, this.#journal.next));
    if (message.byteLength > this.#parts.config.outbox.bytes) throw fail('PAYLOAD_TOO_LARGE');
    const at = this.#parts.clock.now();
    this.#journal.append(message, receivers, at);
    this.#parts.onPost?.({ at, message, epoch: this.#journal.epoch, ...receivers });
    const { except, only } = receivers;
    const ids = only ?? this.#members.keys();
    for (const id of ids) {
      const member = this.#members.get(id);
      // Who is away hears it on return, and who is on the way back as well: behind what was before it.
      if (id !== except && member?.connected === true) member.client.enqueueRaw(message);
    }
  }

  /**
   * A session has a connection again. What it has missed goes ahead of all that waits for the client to confirm its
   * seat, which Colyseus sends behind the whole state: state and notifications are of one moment.
   */
  returned(member: Member): void {
    const { clock, counters, config } = this.#parts;
    const { epoch, last: n } = this.#journal;
    const position = member.named ?? { epoch, n: member.acknowledged };
    member.named = undefined;
    let missed = this.#journal.after(position, member.id, clock.now());
    const bytes = missed?.reduce((sum, message) => sum + message.byteLength, 0) ?? 0;
    if (bytes > config.outbox.bytes * REPLAY_SHARE) missed = undefined;
    const recovered = missed !== undefined;
    counters.count('sessions_recovered', recovered ? 'whole' : 'not');
    const params = { recovered, replayed: missed?.length ?? 0, last: { epoch, n } };
    const first = messageOf(notification('session.recovered', params));
    (member.client as Client & ClientPrivate)._enqueuedMessages?.unshift(first, ...(missed ?? []));
  }

  /** How far a client is that answers what it is sent now; undefined while something for it still waits in this process. */
  positionOf(member: Member, waitingBytes: number): number | undefined {
    return waitingBytes === 0 && member.client.state === ClientState.JOINED ? this.#journal.last : undefined;
  }
}
