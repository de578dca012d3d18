import { closeCodes, keepsSession, LAST_SEQUENCE_PARAM, type Sequence, sequenceText } from '@gatehouse/schema';
import type { Clock, Timer } from './clock.ts';
import { ConnectionEnded } from './errors.ts';
import type { Log } from './log.ts';
import { orOffline } from './offline.ts';
import { LATER_PAUSE_MS, type ReconnectPolicy, type Retry } from './reconnect-policy.ts';
import type { CloseLike, SdkConnectionEvents, SdkRoom } from './sdk-room.ts';
import type { TokenSource } from './token-source.ts';

/** From the start of an attempt (a new token included) to its open socket, in milliseconds. A host alone waits for minutes. */
export const DIAL_TIMEOUT_MS = 10_000;
/**
 * From the open socket to the seat, in milliseconds. More than the 15 s for which
 * Colyseus waits when the old socket of a returning client still looks alive.
 */
export const SEAT_TIMEOUT_MS = 20_000;
/** From our leave message to the server's close, in milliseconds. */
export const LEAVE_TIMEOUT_MS = 2_000;

export interface ResumerEvents {
  /** The connection is lost and the session is kept. Once for each loss. */
  lost(reason: ConnectionEnded): void;
  /** An attempt to come back is set. */
  retrying(reason: ConnectionEnded, retry: Retry): void;
  /** The seat is taken again; messages may be sent. */
  resumed(): void;
  /** It is over. Once. `code` is LEFT when this client left. */
  ended(end: ConnectionEnded): void;
  /** The server was heard: a frame of any kind. */
  heard(): void;
}

export interface ResumerParts {
  readonly room: SdkRoom;
  readonly policy: ReconnectPolicy;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly log: Log;
  /** What the client has heard so far, so that the server sends what came after that. */
  readonly lastSequence: () => Sequence | undefined;
  readonly events: ResumerEvents;
}

type Phase =
  | { readonly name: 'up' }
  | { readonly name: 'waiting'; readonly timer: Timer }
  | { readonly name: 'dialing'; timer: Timer; opened: boolean }
  /** The kit itself is closing the socket: its close event is no news. */
  | { readonly name: 'settling' }
  | { readonly name: 'over' };

/**
 * Keeps one joined SDK room in its seat: takes every close of its socket, and
 * brings a new socket under the same Room while the server keeps the session.
 *
 * The SDK does the returning in place (same Room, same state objects, same
 * callbacks), the kit decides whether and when. The border between them:
 * - `events.onclose` is ours. The SDK gets 4010 for whatever keeps the session,
 *   as it returns on four codes only, and the true code for the end.
 * - `connection.reconnect` is taken from the SDK, whose timers cannot be stopped
 *   and would pile up with each `reconnectNow()`: it resets its input and calls
 *   onDrop, then its timer ends in nothing, and the kit dials by its own clock.
 * - `isOpen` is true only with a seat. The SDK sends as soon as a socket is open,
 *   but before the server has given the seat back nobody reads it there: messages
 *   would be lost, and inputs counted here that the server never counts.
 */
export class Resumer {
  readonly #parts: ResumerParts;
  readonly #sdk: SdkConnectionEvents;
  readonly #dialSocket: SdkRoom['connection']['reconnect'];
  #phase: Phase = { name: 'up' };
  /** Why we are not up; null while we are. */
  #outage: ConnectionEnded | null = null;
  /** The server wants another token than the one in the URL. */
  #needsToken = false;
  /** How often it has said so since we were up: from the second time on, the new one was no better. */
  #tokensRefused = 0;
  #sdkDelayMs = 0;
  #leaving: { readonly timer: Timer; readonly done: () => void; readonly promise: Promise<void> } | null = null;

  constructor(parts: ResumerParts) {
    this.#parts = parts;
    const { connection, reconnection } = parts.room;
    this.#sdk = { ...connection.events };
    this.#dialSocket = connection.reconnect.bind(connection);

    reconnection.minUptime = 0;
    reconnection.maxRetries = Number.POSITIVE_INFINITY;
    reconnection.minDelay = 0;
    reconnection.maxDelay = Number.POSITIVE_INFINITY;
    reconnection.backoff = () => this.#sdkDelayMs;
    connection.reconnect = () => {};
    Object.defineProperty(connection, 'isOpen', {
      configurable: true,
      get: () => this.#phase.name === 'up' && connection.transport.isOpen,
    });
    connection.events.onopen = (event) => this.#onOpen(event);
    connection.events.onmessage = (event) => this.#onMessage(event);
    connection.events.onclose = (event) => this.#onClose(event);
    connection.events.onerror = (event) => this.#onError(event);
  }

  /** Starts the next attempt now. Does nothing unless one is waiting for its time. */
  reconnectNow(): void {
    if (this.#phase.name !== 'waiting') return;
    this.#phase.timer.stop();
    void this.#dial();
  }

  /** Gives up a socket that looks open but is dead, and comes back with another. */
  abandon(why: string): void {
    if (this.#phase.name !== 'up' && this.#phase.name !== 'dialing') return;
    const opened = this.#phase.name === 'up' || this.#phase.opened;
    if (this.#phase.name === 'dialing') this.#phase.timer.stop();
    this.#phase = { name: 'settling' };
    this.#closeSocket();
    this.#lose(new ConnectionEnded(closeCodes.ABNORMAL.code, { reason: why }), opened);
  }

  /**
   * Gives the seat back. Resolves when the server has closed, or after 2 s
   * without an answer. While the connection is lost the server cannot be told;
   * it then keeps the seat until its window is over.
   */
  leave(): Promise<void> {
    if (this.#phase.name === 'over') return Promise.resolve();
    if (this.#leaving !== null) return this.#leaving.promise;
    const { promise, resolve } = Promise.withResolvers<void>();
    const giveUp = (): void => this.#end(left(), true);
    this.#leaving = { promise, done: resolve, timer: this.#parts.clock.after(LEAVE_TIMEOUT_MS, giveUp) };
    if (this.#phase.name === 'up') this.#parts.room.leave().catch(giveUp);
    else this.#end(left(), this.#phase.name === 'dialing' && this.#phase.opened);
    return promise;
  }

  #onOpen(event: unknown): void {
    this.#sdk.onopen?.(event);
    if (this.#phase.name !== 'dialing') return;
    this.#phase.timer.stop();
    this.#phase.opened = true;
    this.#phase.timer = this.#parts.clock.after(SEAT_TIMEOUT_MS, () => this.abandon('no seat in time'));
  }

  #onMessage(event: unknown): void {
    this.#sdk.onmessage?.(event);
    this.#parts.events.heard();
    // Looked at after the SDK is done with the frame: by then it has acknowledged
    // the seat, and what we send next comes after that.
    if (this.#phase.name !== 'dialing' || this.#parts.room.reconnection.isReconnecting) return;
    this.#phase.timer.stop();
    this.#phase = { name: 'up' };
    this.#outage = null;
    this.#tokensRefused = 0;
    this.#parts.events.resumed();
  }

  #onClose({ code = closeCodes.ABNORMAL.code, reason }: CloseLike): void {
    const phase = this.#phase;
    if (phase.name !== 'up' && phase.name !== 'dialing') return;
    if (phase.name === 'dialing') phase.timer.stop();
    this.#lose(new ConnectionEnded(code, { reason }), phase.name === 'up' || phase.opened);
  }

  #onError(event: unknown): void {
    this.#sdk.onerror?.(event);
    const phase = this.#phase;
    if (phase.name !== 'dialing') return;
    // Most runtimes fire close next. Where none comes, this attempt is over all the same.
    phase.timer.stop();
    phase.timer = this.#parts.clock.after(500, () => this.abandon('the socket failed'));
  }

  /** `opened`: the socket that is lost had been open, so the SDK counts on hearing of its close. */
  #lose(how: ConnectionEnded, opened: boolean): void {
    const { policy, tokens, clock, log, events } = this.#parts;
    if (this.#leaving !== null) return void this.#end(left(), opened);
    const end = orOffline(how);
    if (end.next === 'refresh') {
      this.#needsToken = true;
      this.#tokensRefused += 1;
    }
    if (!keepsSession(end.code)) return void this.#end(this.#tokensRefused > 1 ? expired(end) : end, opened);
    if (end.next === 'refresh' && !tokens.renewable) return void this.#end(end, opened);

    const wasUp = this.#outage === null;
    // A failed attempt says 1006, whatever the server's reason was.
    const isNews = end.code !== closeCodes.ABNORMAL.code || this.#outage?.code === closeCodes.ABNORMAL.code;
    if (this.#outage === null || isNews) this.#outage = end;
    if (wasUp) policy.begin();
    const reason = this.#outage;
    const retry = policy.next(end.next === 'later' ? LATER_PAUSE_MS : 0);
    if (retry === null) {
      const gaveUp = new ConnectionEnded(closeCodes.SEAT_GONE.code, { reason: 'gave up', cause: reason });
      return void this.#end(this.#needsToken ? expired(gaveUp) : gaveUp, opened);
    }

    this.#phase = { name: 'waiting', timer: clock.after(retry.delayMs, () => void this.#dial()) };
    this.#sdkDelayMs = retry.delayMs;
    log({
      level: wasUp ? 'warn' : 'info',
      event: wasUp ? 'connection.lost' : 'connection.attemptFailed',
      code: end.code,
      reason: end.reason,
      ...retry,
    });
    try {
      if (wasUp) events.lost(reason);
      if (opened) this.#sdk.onclose?.({ code: closeCodes.RECONNECT.code, reason: end.reason });
    } finally {
      // The application's onDrop may have left.
      if (!this.#isOver()) events.retrying(reason, retry);
    }
  }

  /** A call of its own, as TypeScript does not see that a callback may have changed the phase. */
  #isOver(): boolean {
    return this.#phase.name === 'over';
  }

  async #dial(): Promise<void> {
    const { room, tokens, clock, log, lastSequence } = this.#parts;
    const timer = clock.after(DIAL_TIMEOUT_MS, () => this.abandon('no socket in time'));
    const dial: Phase = { name: 'dialing', timer, opened: false };
    this.#phase = dial;
    try {
      if (this.#needsToken) {
        await tokens.renew();
        this.#needsToken = false;
        if (this.#phase !== dial) return;
      }
      if (room.connection.url !== undefined) {
        room.connection.url = addressOf(room.connection.url, tokens.latest, lastSequence());
      }
      const reconnectionToken = room.reconnectionToken.split(':')[1] ?? '';
      this.#dialSocket({ reconnectionToken, skipHandshake: true });
    } catch (error) {
      log({ level: 'error', event: 'connection.dialFailed', error });
      if (this.#phase === dial) this.abandon('the attempt failed');
    }
  }

  #end(end: ConnectionEnded, opened: boolean): void {
    const { room, events, log } = this.#parts;
    const phase = this.#phase;
    if (phase.name === 'over') return;
    if (phase.name === 'waiting' || phase.name === 'dialing') phase.timer.stop();
    this.#phase = { name: 'over' };
    log({ level: 'info', event: 'connection.ended', code: end.code, name: end.name, reason: end.reason });
    this.#closeSocket();
    try {
      if (opened) this.#sdk.onclose?.({ code: end.code, reason: end.reason });
      // For a socket that never opened the SDK would take another room out of its
      // list of those to close when the network goes; so only its onLeave is called.
      else room.onLeave.invoke(end.code, end.reason);
    } finally {
      events.ended(end);
      this.#leaving?.timer.stop();
      this.#leaving?.done();
    }
  }

  /** 4010 makes the SDK let go of the socket at once; a dead one would take its time to close. */
  #closeSocket(): void {
    try {
      this.#parts.room.connection.close(closeCodes.RECONNECT.code);
    } catch (error) {
      this.#parts.log({ level: 'debug', event: 'connection.closeFailed', error });
    }
  }
}

function left(): ConnectionEnded {
  return new ConnectionEnded(closeCodes.LEFT.code);
}

/**
 * The seat is gone because no token was to be had that the server takes: it is
 * the sign-in that the player has to see to, or the next join is refused as well.
 */
function expired(end: ConnectionEnded): ConnectionEnded {
  if (end.code !== closeCodes.SEAT_GONE.code) return end;
  return new ConnectionEnded(closeCodes.TOKEN_EXPIRED.code, { reason: end.reason, cause: end });
}

/** The address of a room, with what has changed since it was opened. */
function addressOf(url: string, token: string | undefined, last: Sequence | undefined): string {
  const address = new URL(url);
  if (token !== undefined) address.searchParams.set('_authToken', token);
  if (last !== undefined) address.searchParams.set(LAST_SEQUENCE_PARAM, sequenceText(last));
  return address.toString();
}
