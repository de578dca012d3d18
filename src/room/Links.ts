import { type Client, ClientState } from '@colyseus/core';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import type { Step } from '../outbox/ladder.ts';
import type { Clock } from '../ports/clock.ts';
import type { SessionHome } from './LiveSessions.ts';
import type { Session } from './Session.ts';
import { connectionOfClient } from './session-state.ts';

/** How often a session is told of its link, while it is slow. */
const LINK_TOLD_MS = 1_000;

export interface LinksParts {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
}

/** What sessions have to do with the writers and guards of their connections. */
export class Links {
  readonly #parts: LinksParts;
  /** When a session was told the last time that its link is slow. */
  readonly #told = new WeakMap<Session, number>();

  constructor(parts: LinksParts) {
    this.#parts = parts;
  }

  /** The session has this connection now. */
  seat(session: Session, client: Client, home: SessionHome): void {
    const connection = connectionOfClient(client);
    const { guard, writer } = connection.socket;
    connection.sessionId = session.id;
    connection.roomName = home.roomName;
    if (guard !== undefined) guard.room = home.framesOf(client);
    if (writer === undefined) return;
    writer.roomId = home.roomId;
    writer.mayBatch = session.takesBatches;
    writer.listener = {
      onStep: (step) => this.#guarded(() => this.#tellLink(session, home, writer.waitingBytes, step)),
      resync: () => this.#guarded(() => home.resync(client)),
      onTooSlow: () => {
        const { id, userId: user, roomId: room, roomName } = session;
        const about = { session: id, user, room, roomName, waitingBytes: writer.waitingBytes };
        this.#parts.log.info(about, 'connection too slow');
        connection.socket.end('RECONNECT');
      },
    };
  }

  /** Called from the end of a turn, which is everybody's: a room that fails, as one that is ending may, costs nobody else. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#parts.counters.count('room_errors', 'outbox');
      this.#parts.log.error({ error: error instanceof Error ? error.stack : String(error) }, 'outbox');
    }
  }

  /** Not of what is over before anybody could do something about it, and once a second at most: it is for a link that is full. */
  #tellLink(session: Session, home: SessionHome, waitingBytes: number, step: Step): void {
    const now = this.#parts.clock.monotonic();
    const wasTold = this.#told.get(session);
    if (step === 'coalesce' || (step === 'free' && wasTold === undefined)) return;
    if (step !== 'free' && wasTold !== undefined && now - wasTold < LINK_TOLD_MS) return;
    if (step === 'free') this.#told.delete(session);
    else this.#told.set(session, now);
    if (session.connected && session.client.state === ClientState.JOINED) {
      const params = { step, waitingBytes, roundTripMs: session.roundTripMs };
      home.notify(session, 'system.linkQuality', params, { priority: 'high', key: 'system.linkQuality' });
    }
  }
}
