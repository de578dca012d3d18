import { type Client, ClientState } from '@colyseus/core';
import type { Sequence } from '../../schema/index.ts';
import type { Identity } from '../gate/identity.ts';
import type { TokenBucket } from '../gate/token-bucket.ts';
import type { SessionRecord } from '../ports/session-store.ts';
import { Answers } from '../rpc/Answers.ts';
import type { Calls } from '../rpc/Calls.ts';
import type { Allowance } from '../socket/Allowance.ts';
import type { SavedSession } from '../state/snapshot.ts';
import { connectionOf, mayBecome, type SessionState } from './session-state.ts';

export interface SessionParts {
  readonly id: string;
  readonly roomId: string;
  readonly roomName: string;
  readonly nodeId: string;
  readonly epoch: number;
  readonly joinedAt?: number;
  readonly identity: Identity;
  readonly client: Client;
  readonly calls: Calls;
  readonly state: SessionState;
  readonly takesBatches: boolean;
  readonly takesChecks: boolean;
  readonly work: TokenBucket;
}

/**
 * One user's stay in one room, as the node that owns the room holds it. It
 * outlives its connection. What must outlive the process is in `record`.
 */
export class Session {
  readonly id: string;
  readonly roomId: string;
  readonly roomName: string;
  readonly nodeId: string;
  /** Of its room. */
  readonly epoch: number;
  readonly joinedAt: number;
  /** Aborts when the session is gone: work on its behalf should stop. */
  readonly ended = new AbortController();
  /** Rate of each method that it has called. Bounded by the number of methods. */
  readonly methodRates = new Map<string, TokenBucket>();
  /** What it may ask for, over all methods. */
  readonly work: TokenBucket;
  /** What its recent requests were answered with. */
  readonly answers = new Answers();
  /** Requests of the server to the client. */
  readonly calls: Calls;
  /** What its client may send: handed on from connection to connection. */
  allowance: Allowance | undefined;
  /** The client takes several messages as one batch. */
  readonly takesBatches: boolean;
  /** The client takes `state.check`. */
  readonly takesChecks: boolean;
  /** The Colyseus client of its latest connection. */
  client: Client;
  identity: Identity;
  /** Requests of the client that are being worked on. */
  inFlight = 0;
  /** True once `session.expiring` was sent for the present identity. */
  expiryNoticed = false;
  /** Ends the wait for a dropped session's return. */
  stopWaiting: (() => void) | undefined;
  recoveryHash: string | null = null;
  /**
   * Of the recovery token before this one, for as long as the client has not
   * confirmed its return: the new one may have been lost on the way to it.
   */
  previousRecoveryHash: string | null = null;
  /** The number of the last numbered notification that its client is known to have. */
  acknowledged = 0;
  /** The last that its client itself says that it has seen, on its way back. */
  named: Sequence | undefined;
  #state: SessionState;

  constructor(parts: SessionParts) {
    this.id = parts.id;
    this.roomId = parts.roomId;
    this.roomName = parts.roomName;
    this.nodeId = parts.nodeId;
    this.epoch = parts.epoch;
    this.identity = parts.identity;
    this.client = parts.client;
    this.calls = parts.calls;
    this.takesBatches = parts.takesBatches;
    this.takesChecks = parts.takesChecks;
    this.work = parts.work;
    this.#state = parts.state;
    this.joinedAt = parts.joinedAt ?? parts.state.since;
  }

  get state(): SessionState {
    return this.#state;
  }

  get userId(): string {
    return this.identity.userId;
  }

  get connected(): boolean {
    return connectionOf(this.#state) !== undefined;
  }

  /** Of the last answered heartbeat, in milliseconds; null without a connection or before the first. */
  get roundTripMs(): number | null {
    return connectionOf(this.#state)?.roundTripMs ?? null;
  }

  become(next: SessionState): void {
    if (!mayBecome(this.#state.name, next.name)) {
      throw new TypeError(`a session that is ${this.#state.name} cannot become ${next.name}`);
    }
    this.#state = next;
  }

  /** For a snapshot of its room. */
  save(): SavedSession {
    const { id, identity, joinedAt, recoveryHash, takesBatches, takesChecks, acknowledged } = this;
    // Worth nothing once the return is confirmed, and the next return must not keep it in place of the latest.
    const isConfirmed = this.connected && this.client.state === ClientState.JOINED;
    const previousRecoveryHash = isConfirmed ? null : this.previousRecoveryHash;
    const seat = { id, identity: { ...identity }, joinedAt, recoveryHash, previousRecoveryHash };
    return { ...seat, takesBatches, takesChecks, acknowledged, answers: this.answers.save() };
  }

  record(now: number): SessionRecord {
    const { userId, name, role, expiresAt, tokenId, issuedAt } = this.identity;
    return {
      id: this.id,
      userId,
      name,
      role,
      roomId: this.roomId,
      roomName: this.roomName,
      nodeId: this.nodeId,
      epoch: this.epoch,
      state: this.#state.name,
      joinedAt: this.joinedAt,
      updatedAt: now,
      expiresAt,
      tokenId,
      issuedAt,
      lastSequence: this.acknowledged,
      recoveryHash: this.recoveryHash,
    };
  }
}
