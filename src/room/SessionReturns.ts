import { ClientState } from '@colyseus/core';
import type { Sequence } from '../../schema/index.ts';
import { fail, GatehouseError } from '../fail.ts';
import type { Gate } from '../gate/Gate.ts';
import type { Identity } from '../gate/identity.ts';
import type { Clock } from '../ports/clock.ts';
import type { Connection } from '../socket/Connection.ts';
import type { Return, Returns } from '../socket/Transport.ts';
import type { LiveSessions } from './LiveSessions.ts';
import { currentToken, hashOf } from './recovery-token.ts';
import { connectionOf } from './session-state.ts';

/** Of a user whose token was good, for the room of a session. */
export interface Recover {
  readonly sessionId: string;
  readonly userId: string;
  /** The session's own. */
  readonly token: string;
  readonly lastSequence?: Sequence | undefined;
}

export interface SessionReturnsParts {
  readonly gate: Gate;
  readonly clock: Clock;
  readonly live: LiveSessions;
}

/** What a connection came back with, as far as it was good. */
export interface Admitted {
  /** Of the user's token. */
  readonly identity: Identity | undefined;
  /** Of the session's token: of all that were given out the client has this one, or the next. */
  readonly recoveryHash: string | undefined;
}

/** Who may come back to a session: on a new connection, from a page that was loaded anew, from another device. */
export class SessionReturns implements Returns {
  readonly #parts: SessionReturnsParts;
  /** What connections came with, until their room has let them in. */
  readonly #admitted = new WeakMap<Connection, Admitted>();

  constructor(parts: SessionReturnsParts) {
    this.#parts = parts;
  }

  /**
   * The connection shows the right reconnection token or Colyseus turns it away
   * later; here it is about who stands behind it. The session's own identity is
   * enough while it is good: a client that refreshed its token still presents
   * the first one, which lies in its URL.
   */
  async admit({ sessionId, connection, token, recoveryToken, lastSequence }: Return): Promise<string> {
    const session = this.#parts.live.get(sessionId)?.session;
    if (session === undefined) return recoveryToken;
    const own = this.#problemOf(session.identity);
    let identity: Identity | undefined;
    try {
      const presented = await this.#parts.gate.identify(token);
      if (presented.userId !== session.userId) throw fail('USER_MISMATCH');
      identity = presented;
    } catch (error) {
      const mismatch = error instanceof GatehouseError && error.error === 'USER_MISMATCH';
      if (own !== undefined || mismatch) throw own ?? error;
    }
    const shown = hashOf(recoveryToken);
    const current = currentToken(session, shown);
    this.#admitted.set(connection, { identity, recoveryHash: current && shown });
    // A half-open socket would hold the seat until its heartbeats are missed.
    if (current !== undefined) connectionOf(session.state)?.socket.terminate();
    // Not from somebody without the secret.
    if (current !== undefined) session.named = lastSequence ?? session.named;
    return current ?? recoveryToken;
  }

  /** Undefined for a connection that did not come back. */
  admittedOn(connection: Connection): Admitted | undefined {
    return this.#admitted.get(connection);
  }

  isSeated(connection: Connection): boolean {
    const client = this.#sessionOn(connection)?.session.client;
    return client?.ref === connection.socket && client.state === ClientState.JOINED;
  }

  /** The answer proves that the client has what its room had sent by now, as a socket keeps the order. */
  pinged(connection: Connection): (() => void) | undefined {
    const live = this.#sessionOn(connection);
    if (live === undefined || live.session.client.ref !== connection.socket) return undefined;
    const { session, home } = live;
    const position = home.recovery.positionOf(session, connection.socket.writer?.waitingBytes ?? 0);
    if (position === undefined) return undefined;
    return () => {
      session.acknowledged = Math.max(session.acknowledged, position);
    };
  }

  /**
   * A user goes on with a session of a room, from whatever device: who they are is known, now they must have its secret.
   * @throws SEAT_EXPIRED, USER_MISMATCH
   */
  recover(roomId: string, { sessionId, userId, token, lastSequence }: Recover): void {
    const session = this.#parts.live.get(sessionId)?.session;
    if (session?.roomId !== roomId) throw fail('SEAT_EXPIRED');
    if (session.userId !== userId) throw fail('USER_MISMATCH');
    if (currentToken(session, hashOf(token)) === undefined) throw fail('SEAT_EXPIRED');
    session.named = lastSequence;
  }

  /** For a token that recovers a session of this room: the one that its seat is kept under. */
  seatToken(roomId: string, recoveryToken: string): string {
    const hash = hashOf(recoveryToken);
    for (const session of this.#parts.live.ofRoom(roomId)) {
      const current = currentToken(session, hash);
      if (current !== undefined) return current;
    }
    return recoveryToken;
  }

  /** Somebody with its reconnection token takes a session over: the present connection ends, the session does not. */
  handOver(id: string): void {
    const session = this.#parts.live.get(id)?.session;
    // At once, and not when Colyseus has heard every hook: until then it could be forgotten for the new one.
    if (session !== undefined) connectionOf(session.state)?.socket.end('TAKEN_OVER');
  }

  #sessionOn({ sessionId }: Connection) {
    return sessionId === null ? undefined : this.#parts.live.get(sessionId);
  }

  #problemOf(identity: Identity): GatehouseError | undefined {
    const { gate, clock } = this.#parts;
    if (gate.isRevoked(identity)) return fail('TOKEN_REVOKED');
    return identity.expiresAt <= clock.now() ? fail('TOKEN_EXPIRED') : undefined;
  }
}
