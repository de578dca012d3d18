import type { Client } from '@colyseus/core';
import type { Delivery } from '../outbox/delivery.ts';
import type { RoomFrames } from '../socket/frame-guard.ts';
import type { Recovery } from './Recovery.ts';
import type { Session } from './Session.ts';

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

export interface LiveSession {
  readonly session: Session;
  readonly home: SessionHome;
}

/** Wants to know which users are on this node. */
export interface UserWatcher {
  add(userId: string, sessionId: string): void;
  remove(userId: string, sessionId: string): void;
}

/** The sessions that this node has, by id and by user. */
export class LiveSessions {
  readonly #live = new Map<string, LiveSession>();
  readonly #byUser = new Map<string, Set<Session>>();
  #watcher: UserWatcher | undefined;

  get size(): number {
    return this.#live.size;
  }

  /** Users who have one. */
  get users(): number {
    return this.#byUser.size;
  }

  ids(): IterableIterator<string> {
    return this.#live.keys();
  }

  get(id: string): LiveSession | undefined {
    return this.#live.get(id);
  }

  *all(): IterableIterator<Session> {
    for (const { session } of this.#live.values()) yield session;
  }

  *ofRoom(roomId: string): IterableIterator<Session> {
    for (const session of this.all()) if (session.roomId === roomId) yield session;
  }

  ofUser(userId: string): Iterable<Session> {
    return this.#byUser.get(userId) ?? [];
  }

  watchUsers(watcher: UserWatcher): void {
    this.#watcher = watcher;
  }

  add(session: Session, home: SessionHome): void {
    this.#live.set(session.id, { session, home });
    const ofUser = this.#byUser.get(session.userId);
    if (ofUser === undefined) this.#byUser.set(session.userId, new Set([session]));
    else ofUser.add(session);
    this.#watcher?.add(session.userId, session.id);
  }

  remove(session: Session): void {
    this.#live.delete(session.id);
    const ofUser = this.#byUser.get(session.userId);
    ofUser?.delete(session);
    if (ofUser?.size === 0) this.#byUser.delete(session.userId);
    this.#watcher?.remove(session.userId, session.id);
  }
}
