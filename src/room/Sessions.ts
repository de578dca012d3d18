import type { Client } from '@colyseus/core';
import { ClientState } from '@colyseus/core';
import { type CloseCodeName, closeCodes, closeLabel, type Sequence } from '../../schema/index.ts';
import type { Config } from '../config.ts';
import { fail, GatehouseError } from '../fail.ts';
import type { Gate } from '../gate/Gate.ts';
import type { Identity } from '../gate/identity.ts';
import { TokenBucket } from '../gate/token-bucket.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import { currentTrace } from '../ops/tracing.ts';
import type { Delivery } from '../outbox/delivery.ts';
import type { Clock } from '../ports/clock.ts';
import { hits, type Revocations } from '../ports/revocations.ts';
import type { SessionPatch, SessionStore } from '../ports/session-store.ts';
import type { Presence } from '../presence/Presence.ts';
import type { SavedAnswers } from '../rpc/Answers.ts';
import { Calls } from '../rpc/Calls.ts';
import type { Connection } from '../socket/Connection.ts';
import type { RoomFrames } from '../socket/frame-guard.ts';
import type { Return, Returns } from '../socket/Transport.ts';
import type { SavedSession } from '../state/snapshot.ts';
import { Expiry } from './Expiry.ts';
import { Links } from './Links.ts';
import type { Recovery } from './Recovery.ts';
import { currentToken, hashOf } from './recovery-token.ts';
import { Session, type SessionParts } from './Session.ts';
import { connectionOf, connectionOfClient } from './session-state.ts';

/** The room of a session, as far as its session needs it. */
export interface SessionHome {
  readonly roomId: string;
  readonly roomName: string;
  readonly epoch: number;
  kickClient(sessionId: string, closeCode: number, reason?: string): void;
  notify(session: Session, method: string, params: object, delivery?: Delivery): void;
  /** Sends the whole state to a client that has missed patches. */
  resync(client: Client): void;
  framesOf(client: Client): RoomFrames;
  readonly recovery: Recovery;
}

/** What the client of a session said on joining that it takes. */
export interface ClientTakes {
  readonly takesBatches: boolean;
  readonly takesChecks: boolean;
}

/** What is a session's own, and not its room's or this node's. */
type OwnParts = ClientTakes & Pick<SessionParts, 'id' | 'identity' | 'joinedAt' | 'state'>;

/** Of a user whose token was good, for the room of a session. */
export interface Recover {
  readonly sessionId: string;
  readonly userId: string;
  /** The session's own. */
  readonly token: string;
  readonly lastSequence?: Sequence | undefined;
}

/** Wants to know which users are on this node. */
export interface UserWatcher {
  add(userId: string, sessionId: string): void;
  remove(userId: string, sessionId: string): void;
}

export interface SessionsParts {
  readonly nodeId: string;
  readonly config: Config;
  readonly gate: Gate;
  readonly store: SessionStore;
  readonly revocations: Revocations;
  readonly presence: Presence;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
}

/** How long a record outlives the last sign of its node, beside the reconnection window. */
const RECORD_SLACK_MS = 60_000;
const SWEEP_MS = 1_000;

/** The sessions of this node: opened, dropped, returned and ended in one place, and written to the store. */
export class Sessions implements Returns {
  readonly #parts: SessionsParts;
  readonly #live = new Map<string, { session: Session; home: SessionHome }>();
  readonly #byUser = new Map<string, Set<Session>>();
  /** A new identity that came with a return, until the room has let the connection in. */
  readonly #presented = new WeakMap<Connection, Identity>();
  #watcher: UserWatcher | undefined;
  readonly #links: Links;
  readonly #ttlMs: number;
  readonly #stops: Array<() => void> = [];

  constructor(parts: SessionsParts) {
    this.#parts = parts;
    this.#ttlMs = parts.config.timing.reconnectWindowMs + RECORD_SLACK_MS;
    this.#links = new Links(parts);
    const expiry = new Expiry({
      clock: parts.clock,
      timing: parts.config.timing,
      sessions: () => this.all(),
      end: ({ id }) => this.end(id, 'TOKEN_EXPIRED'),
      tell: (session, when) => this.#live.get(session.id)?.home.notify(session, 'session.expiring', when),
    });
    const sweep = parts.clock.every(SWEEP_MS, () => expiry.look());
    const renew = parts.clock.every(this.#ttlMs / 3, () => {
      this.#inBackground(inBatches(this.#live.keys(), (id) => parts.store.touch(id, this.#ttlMs)));
    });
    const unlisten = parts.revocations.onRevoked((revocation) => {
      for (const { session } of this.#live.values()) {
        if (hits(revocation, session.identity)) this.end(session.id, 'TOKEN_REVOKED');
      }
    });
    this.#stops.push(
      () => sweep.stop(),
      () => renew.stop(),
      unlisten,
    );
  }

  get size(): number {
    return this.#live.size;
  }

  /** Users who have a session on this node. */
  get users(): number {
    return this.#byUser.size;
  }

  get(id: string): Session | undefined {
    return this.#live.get(id)?.session;
  }

  /** The live sessions of this node. */
  *all(): IterableIterator<Session> {
    for (const { session } of this.#live.values()) yield session;
  }

  /** The live sessions of a user on this node. */
  ofUser(userId: string): Iterable<Session> {
    return this.#byUser.get(userId) ?? [];
  }

  /** Tells `watcher` of each session that comes to this node and goes. */
  watchUsers(watcher: UserWatcher): void {
    this.#watcher = watcher;
  }

  /** Sends a notification to the connected sessions of a user on this node; says how many there were. */
  notifyUser(userId: string, method: string, params: object): number {
    let reached = 0;
    for (const session of this.ofUser(userId)) {
      if (!session.connected) continue;
      this.#live.get(session.id)?.home.notify(session, method, params);
      reached += 1;
    }
    return reached;
  }

  /** A client takes its seat for the first time. @throws UNAVAILABLE when the session cannot be stored */
  async open(client: Client, home: SessionHome, takes: ClientTakes): Promise<Session> {
    const { clock, store, counters } = this.#parts;
    const session = this.#make(home, client, {
      ...takes,
      id: client.sessionId,
      identity: client.auth as Identity,
      state: { name: 'joining', since: clock.now(), connection: connectionOfClient(client) },
    });
    session.recoveryHash = hashOf(client.reconnectionToken);
    if (!(await store.create(session.record(clock.now()), this.#ttlMs))) throw fail('UNAVAILABLE');
    this.#links.seat(session, client, home);
    this.#add(session, home);
    counters.count('sessions_opened');
    return session;
  }

  /**
   * A session of a room that came here with its snapshot: without a connection, on the way from one node to another.
   * The store may know more than the snapshot: that it has ended, or returned since and has another token. But for
   * `isOurs`, when the room was here a moment ago: then a record that is not there was lost.
   */
  async restore(
    saved: SavedSession,
    client: Client,
    home: SessionHome,
    isOurs: boolean,
  ): Promise<{ session: Session; hasEnded: boolean }> {
    const { clock, store, counters } = this.#parts;
    const session = this.#make(home, client, {
      ...saved,
      state: { name: 'moving', since: clock.now(), to: this.#parts.nodeId },
    });
    session.recoveryHash = saved.recoveryHash;
    session.previousRecoveryHash = saved.previousRecoveryHash;
    session.answers.restore(saved.answers as SavedAnswers);
    this.#add(session, home);
    counters.count('sessions_restored');
    let hasEnded = false;
    try {
      const record = await store.get(session.id);
      hasEnded = record === undefined && !isOurs;
      if (record !== undefined && record.recoveryHash !== saved.recoveryHash) {
        session.previousRecoveryHash = saved.recoveryHash;
        session.recoveryHash = record.recoveryHash;
      }
      const now = session.record(clock.now());
      if (record !== undefined) await store.update(session.id, now, this.#ttlMs);
      else if (isOurs) await store.create(now, this.#ttlMs);
    } catch (error) {
      this.#inBackground(Promise.reject(error));
    }
    return { session, hasEnded };
  }

  /** Another node has a room: its sessions are no longer ours, and nothing is written of them. */
  abandon(roomId: string): void {
    for (const session of [...this.all()]) {
      if (session.roomId !== roomId) continue;
      const connection = connectionOf(session.state);
      this.#remove(session);
      if (connection !== undefined) this.#inBackground(this.#parts.presence.disconnected(session));
      session.stopWaiting = undefined;
      session.calls.lost();
      session.ended.abort();
      connection?.socket.end('RECONNECT');
    }
  }

  /** The room has let it in. */
  async joined(session: Session): Promise<void> {
    const { clock, counters } = this.#parts;
    await this.#connect(session);
    const openedAt = connectionOf(session.state)?.openedAt;
    if (openedAt !== undefined) counters.distribution('join').observe((clock.now() - openedAt) / 1_000, currentTrace());
    this.#note(session, 'session joined');
  }

  /**
   * Its connection ended; the seat is kept until the window closes.
   * `confirmed`: the client is known to have its latest recovery token. `stopWaiting` gives the seat up.
   */
  async dropped(session: Session, code: number, confirmed: boolean, stopWaiting: () => void): Promise<void> {
    const { clock, config, counters } = this.#parts;
    if (confirmed) session.previousRecoveryHash = null;
    const since = clock.now();
    session.become({ name: 'dropped', since, until: since + config.timing.reconnectWindowMs, code });
    session.stopWaiting = stopWaiting;
    session.calls.lost();
    counters.count('sessions_dropped', closeLabel(code));
    this.#note(session, 'session dropped', { code });
    await this.#disconnect(session);
  }

  /** Its client came back on a new connection. */
  async returned(session: Session, client: Client): Promise<void> {
    const connection = connectionOfClient(client);
    const { clock, counters } = this.#parts;
    counters.distribution('session_away').observe((clock.now() - session.state.since) / 1_000);
    session.client = client;
    session.answers.reconnected();
    session.stopWaiting = undefined;
    session.previousRecoveryHash ??= session.recoveryHash;
    session.recoveryHash = hashOf(client.reconnectionToken);
    const live = this.#live.get(session.id);
    if (live !== undefined) this.#links.seat(session, client, live.home);
    const presented = this.#presented.get(connection);
    if (presented !== undefined && presented.expiresAt > session.identity.expiresAt) this.#adopt(session, presented);
    client.auth = session.identity;
    counters.count('sessions_returned');
    await this.#connect(session);
    this.#note(session, 'session returned');
  }

  /** It is over, for `code`. */
  async gone(session: Session, code: number): Promise<void> {
    const { clock, store, counters } = this.#parts;
    if (!this.#live.has(session.id)) return;
    this.#remove(session);
    const wasConnected = session.connected;
    session.become({ name: 'gone', since: clock.now(), code });
    session.stopWaiting = undefined;
    session.calls.lost();
    session.ended.abort();
    counters.count('sessions_ended', closeLabel(code));
    this.#note(session, 'session ended', { code });
    this.#inBackground(store.delete(session.id, session.epoch));
    if (wasConnected) await this.#disconnect(session);
  }

  /** Ends a session, or for a resumable code its connection. False when it is not here. */
  end(id: string, name: CloseCodeName): boolean {
    const live = this.#live.get(id);
    if (live === undefined) return false;
    const { session, home } = live;
    const { code, message } = closeCodes[name];
    const connection = connectionOf(session.state);
    if (connection === undefined) {
      session.stopWaiting?.();
    } else {
      connection.endedWith ??= code;
      home.kickClient(id, code, message);
    }
    return true;
  }

  /** Somebody with its reconnection token takes a session over: the present connection ends, the session does not. */
  handOver(id: string): void {
    const session = this.get(id);
    // At once, and not when Colyseus has heard every hook: until then it could be forgotten for the new one.
    if (session !== undefined) connectionOf(session.state)?.socket.end('TAKEN_OVER');
  }

  /**
   * A user goes on with a session of a room, from whatever device: who they are is known, now they must have its secret.
   * @throws SEAT_EXPIRED, USER_MISMATCH
   */
  recover(roomId: string, { sessionId, userId, token, lastSequence }: Recover): void {
    const session = this.get(sessionId);
    if (session?.roomId !== roomId) throw fail('SEAT_EXPIRED');
    if (session.userId !== userId) throw fail('USER_MISMATCH');
    if (currentToken(session, hashOf(token)) === undefined) throw fail('SEAT_EXPIRED');
    session.named = lastSequence;
  }

  /** `session.refresh`: the same user, a new token. */
  async refresh(session: Session, token: string): Promise<number> {
    const identity = await this.#parts.gate.identify(token);
    if (identity.userId !== session.userId) throw fail('USER_MISMATCH');
    this.#adopt(session, identity);
    this.#save(session, { expiresAt: identity.expiresAt, tokenId: identity.tokenId, issuedAt: identity.issuedAt });
    return identity.expiresAt;
  }

  /** Shows a connected session as its user wants to be seen. */
  setAway(session: Session, away: boolean): void {
    const connection = connectionOf(session.state);
    const name = away ? 'away' : 'online';
    if (connection === undefined || session.state.name === name || session.state.name === 'joining') return;
    session.become({ name, since: this.#parts.clock.now(), connection });
    this.#save(session, { state: name });
  }

  /**
   * The connection shows the right reconnection token or Colyseus turns it away
   * later; here it is about who stands behind it. The session's own identity is
   * enough while it is good: a client that refreshed its token still presents
   * the first one, which lies in its URL.
   */
  async admit({ sessionId, connection, token, recoveryToken, lastSequence }: Return): Promise<string> {
    const session = this.get(sessionId);
    if (session === undefined) return recoveryToken;
    const own = this.#problemOf(session.identity);
    try {
      const presented = await this.#parts.gate.identify(token);
      if (presented.userId !== session.userId) throw fail('USER_MISMATCH');
      this.#presented.set(connection, presented);
    } catch (error) {
      const mismatch = error instanceof GatehouseError && error.error === 'USER_MISMATCH';
      if (own !== undefined || mismatch) throw own ?? error;
    }
    const current = currentToken(session, hashOf(recoveryToken));
    // A half-open socket would hold the seat until its heartbeats are missed.
    if (current !== undefined) connectionOf(session.state)?.socket.terminate();
    // Not from somebody without the secret.
    if (current !== undefined) session.named = lastSequence ?? session.named;
    return current ?? recoveryToken;
  }

  /** For a token that recovers a session of this room: the one that its seat is kept under. */
  seatToken(roomId: string, recoveryToken: string): string {
    const hash = hashOf(recoveryToken);
    for (const session of this.all()) {
      if (session.roomId !== roomId) continue;
      const current = currentToken(session, hash);
      if (current !== undefined) return current;
    }
    return recoveryToken;
  }

  isSeated(connection: Connection): boolean {
    if (connection.sessionId === null) return false;
    const client = this.get(connection.sessionId)?.client;
    return client?.ref === connection.socket && client.state === ClientState.JOINED;
  }

  /** The answer proves that the client has what its room had sent by now, as a socket keeps the order. */
  pinged(connection: Connection): (() => void) | undefined {
    const live = connection.sessionId === null ? undefined : this.#live.get(connection.sessionId);
    if (live === undefined || live.session.client.ref !== connection.socket) return undefined;
    const { session, home } = live;
    const position = home.recovery.positionOf(session, connection.socket.writer?.waitingBytes ?? 0);
    if (position === undefined) return undefined;
    return () => {
      session.acknowledged = Math.max(session.acknowledged, position);
    };
  }

  /** Writes every session of this node to the store and the directory anew, as after both had lost them. */
  async tellAgain(): Promise<void> {
    const { store, presence, clock } = this.#parts;
    await inBatches(this.all(), async (session) => {
      const record = session.record(clock.now());
      if (!(await store.create(record, this.#ttlMs))) await store.update(session.id, record, this.#ttlMs);
      if (session.connected) await presence.connected(session);
    });
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #make(home: SessionHome, client: Client, own: OwnParts): Session {
    const { clock, nodeId, config } = this.#parts;
    const { roomId, roomName, epoch } = home;
    const { callsPerSecond: perSecond } = config.limits;
    const work = new TokenBucket({ perSecond, burst: perSecond * 2 }, clock.monotonic());
    return new Session({ ...own, roomId, roomName, epoch, nodeId, client, calls: new Calls(clock), work });
  }

  #add(session: Session, home: SessionHome): void {
    this.#live.set(session.id, { session, home });
    const ofUser = this.#byUser.get(session.userId);
    if (ofUser === undefined) this.#byUser.set(session.userId, new Set([session]));
    else ofUser.add(session);
    this.#watcher?.add(session.userId, session.id);
  }

  #remove(session: Session): void {
    this.#live.delete(session.id);
    const ofUser = this.#byUser.get(session.userId);
    ofUser?.delete(session);
    if (ofUser?.size === 0) this.#byUser.delete(session.userId);
    this.#watcher?.remove(session.userId, session.id);
  }

  #problemOf(identity: Identity): GatehouseError | undefined {
    const { gate, clock } = this.#parts;
    if (gate.isRevoked(identity)) return fail('TOKEN_REVOKED');
    return identity.expiresAt <= clock.now() ? fail('TOKEN_EXPIRED') : undefined;
  }

  #adopt(session: Session, identity: Identity): void {
    session.identity = identity;
    session.client.auth = identity;
    session.expiryNoticed = false;
  }

  async #connect(session: Session): Promise<void> {
    const { presence, clock } = this.#parts;
    // Before any waiting: a socket that is lost meanwhile must find the session connected.
    session.become({ name: 'online', since: clock.now(), connection: connectionOfClient(session.client) });
    const { recoveryHash } = session;
    this.#save(session, { state: 'online', recoveryHash, expiresAt: session.identity.expiresAt });
    if ((await presence.connected(session)) === 'away') this.setAway(session, true);
  }

  async #disconnect(session: Session): Promise<void> {
    if (session.state.name !== 'gone') this.#save(session, { state: session.state.name });
    await this.#parts.presence.disconnected(session);
  }

  #save(session: Session, patch: SessionPatch): void {
    const updatedAt = this.#parts.clock.now();
    this.#inBackground(
      this.#parts.store.update(session.id, { ...patch, epoch: session.epoch, updatedAt }, this.#ttlMs),
    );
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error) => {
      this.#parts.counters.count('session_store_errors');
      this.#parts.log.error({ error: error instanceof Error ? error.message : 'unknown' }, 'session store');
    });
  }

  #note(session: Session, event: string, more: object = {}): void {
    const { id, userId, roomId, roomName } = session;
    this.#parts.log.info({ session: id, user: userId, room: roomId, roomName, ...more }, event);
  }
}

/** How many of many writes are under way at once: no burst that others would wait behind. */
const BATCH = 250;

async function inBatches<T>(items: Iterable<T>, write: (item: T) => Promise<unknown>): Promise<void> {
  const all = [...items];
  for (let from = 0; from < all.length; from += BATCH) await Promise.all(all.slice(from, from + BATCH).map(write));
}
