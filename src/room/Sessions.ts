import type { Client } from '@colyseus/core';
import { type CloseCodeName, closeCodes, closeLabel } from '../../schema/index.ts';
import type { Config } from '../config.ts';
import { fail } from '../fail.ts';
import type { Gate } from '../gate/Gate.ts';
import type { Identity } from '../gate/identity.ts';
import { TokenBucket } from '../gate/token-bucket.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import { currentTrace } from '../ops/tracing.ts';
import type { Clock } from '../ports/clock.ts';
import { hits, type Revocations } from '../ports/revocations.ts';
import type { SessionStore } from '../ports/session-store.ts';
import type { Presence } from '../presence/Presence.ts';
import type { SavedAnswers } from '../rpc/Answers.ts';
import { Calls } from '../rpc/Calls.ts';
import type { SavedSession } from '../state/snapshot.ts';
import { Expiry } from './Expiry.ts';
import { Links } from './Links.ts';
import { LiveSessions, type SessionHome, type UserWatcher } from './LiveSessions.ts';
import { hashOf } from './recovery-token.ts';
import { Session, type SessionParts } from './Session.ts';
import { SessionRecords } from './SessionRecords.ts';
import { SessionReturns } from './SessionReturns.ts';
import { connectionOf, connectionOfClient } from './session-state.ts';

/** What the client of a session said on joining that it takes. */
export interface ClientTakes {
  readonly takesBatches: boolean;
  readonly takesChecks: boolean;
}

/** What is a session's own, and not its room's or this node's. */
type OwnParts = ClientTakes & Pick<SessionParts, 'id' | 'identity' | 'joinedAt' | 'state'>;

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

const SWEEP_MS = 1_000;

/** The sessions of this node: opened, dropped, returned and ended in one place, and written to the store. */
export class Sessions {
  /** Who may come back. */
  readonly returns: SessionReturns;
  readonly #parts: SessionsParts;
  readonly #live = new LiveSessions();
  readonly #records: SessionRecords;
  readonly #links: Links;
  readonly #stops: Array<() => void> = [];

  constructor(parts: SessionsParts) {
    this.#parts = parts;
    this.returns = new SessionReturns({ gate: parts.gate, clock: parts.clock, live: this.#live });
    this.#records = new SessionRecords(parts, this.#live);
    this.#links = new Links(parts);
    const expiry = new Expiry({
      clock: parts.clock,
      timing: parts.config.timing,
      sessions: () => this.all(),
      end: ({ id }) => this.end(id, 'TOKEN_EXPIRED'),
      tell: (session, when) => this.#live.get(session.id)?.home.notify(session, 'session.expiring', when),
    });
    const sweep = parts.clock.every(SWEEP_MS, () => expiry.look());
    const unlisten = parts.revocations.onRevoked((revocation) => {
      for (const session of this.all()) if (hits(revocation, session.identity)) this.end(session.id, 'TOKEN_REVOKED');
    });
    this.#stops.push(
      () => sweep.stop(),
      () => this.#records.close(),
      unlisten,
    );
  }

  get size(): number {
    return this.#live.size;
  }

  /** Users who have a session on this node. */
  get users(): number {
    return this.#live.users;
  }

  get(id: string): Session | undefined {
    return this.#live.get(id)?.session;
  }

  /** The live sessions of this node. */
  all(): Iterable<Session> {
    return this.#live.all();
  }

  /** The live sessions of a user on this node. */
  ofUser(userId: string): Iterable<Session> {
    return this.#live.ofUser(userId);
  }

  /** Tells `watcher` of each session that comes to this node and goes. */
  watchUsers(watcher: UserWatcher): void {
    this.#live.watchUsers(watcher);
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
    const { clock, counters } = this.#parts;
    const session = this.#make(home, client, {
      ...takes,
      id: client.sessionId,
      identity: client.auth as Identity,
      state: { name: 'joining', since: clock.now(), connection: connectionOfClient(client) },
    });
    session.recoveryHash = hashOf(client.reconnectionToken);
    if (!(await this.#records.create(session))) throw fail('UNAVAILABLE');
    this.#links.seat(session, client, home);
    this.#live.add(session, home);
    counters.count('sessions_opened');
    return session;
  }

  /**
   * A session of a room that came here with its snapshot: without a connection, on the way from one node to another.
   * `isOurs`: the room was here a moment ago. `hasEnded`: the store knows that it ended after the snapshot.
   */
  async restore(
    saved: SavedSession,
    client: Client,
    home: SessionHome,
    isOurs: boolean,
  ): Promise<{ readonly session: Session; readonly hasEnded: boolean }> {
    const { clock, counters, nodeId } = this.#parts;
    const state = { name: 'moving', since: clock.now(), to: nodeId } as const;
    const session = this.#make(home, client, { ...saved, state });
    session.recoveryHash = saved.recoveryHash;
    session.previousRecoveryHash = saved.previousRecoveryHash;
    session.answers.restore(saved.answers as SavedAnswers);
    this.#live.add(session, home);
    counters.count('sessions_restored');
    return { session, ...(await this.#records.restored(session, isOurs)) };
  }

  /** Another node has a room: its sessions are no longer ours, and nothing is written of them. */
  abandon(roomId: string): void {
    for (const session of [...this.#live.ofRoom(roomId)]) {
      const connection = connectionOf(session.state);
      this.#live.remove(session);
      if (connection !== undefined) this.#records.inBackground(this.#parts.presence.disconnected(session));
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
    const admitted = this.returns.admittedOn(connection);
    session.previousRecoveryHash = admitted?.recoveryHash ?? session.recoveryHash;
    session.recoveryHash = hashOf(client.reconnectionToken);
    const live = this.#live.get(session.id);
    if (live !== undefined) this.#links.seat(session, client, live.home);
    const presented = admitted?.identity;
    if (presented !== undefined && presented.expiresAt > session.identity.expiresAt) this.#adopt(session, presented);
    client.auth = session.identity;
    counters.count('sessions_returned');
    await this.#connect(session);
    this.#note(session, 'session returned');
  }

  /** It is over, for `code`. */
  async gone(session: Session, code: number): Promise<void> {
    const { clock, counters } = this.#parts;
    if (this.#live.get(session.id) === undefined) return;
    this.#live.remove(session);
    const wasConnected = session.connected;
    session.become({ name: 'gone', since: clock.now(), code });
    session.stopWaiting = undefined;
    session.calls.lost();
    session.ended.abort();
    counters.count('sessions_ended', closeLabel(code));
    this.#note(session, 'session ended', { code });
    this.#records.delete(session);
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

  /** `session.refresh`: the same user, a new token. */
  async refresh(session: Session, token: string): Promise<number> {
    const identity = await this.#parts.gate.identify(token);
    if (identity.userId !== session.userId) throw fail('USER_MISMATCH');
    this.#adopt(session, identity);
    this.#records.save(session, {
      expiresAt: identity.expiresAt,
      tokenId: identity.tokenId,
      issuedAt: identity.issuedAt,
    });
    return identity.expiresAt;
  }

  /** Shows a connected session as its user wants to be seen. */
  setAway(session: Session, away: boolean): void {
    const connection = connectionOf(session.state);
    const name = away ? 'away' : 'online';
    if (connection === undefined || session.state.name === name || session.state.name === 'joining') return;
    session.become({ name, since: this.#parts.clock.now(), connection });
    this.#records.save(session, { state: name });
  }

  /** Writes every session of this node to the store and the directory anew, as after both had lost them. */
  async tellAgain(): Promise<void> {
    const { presence } = this.#parts;
    await this.#records.tellAgain(this.all(), async (session) => {
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
    this.#records.save(session, { state: 'online', recoveryHash, expiresAt: session.identity.expiresAt });
    if ((await presence.connected(session)) === 'away') this.setAway(session, true);
  }

  async #disconnect(session: Session): Promise<void> {
    if (session.state.name !== 'gone') this.#records.save(session, { state: session.state.name });
    await this.#parts.presence.disconnected(session);
  }

  #note(session: Session, event: string, more: object = {}): void {
    const { id, userId, roomId, roomName } = session;
    this.#parts.log.info({ session: id, user: userId, room: roomId, roomName, ...more }, event);
  }
}
