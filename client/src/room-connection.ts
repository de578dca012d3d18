import {
  type ClientMethods,
  classify,
  closeCodes,
  type MethodTable,
  RPC_MESSAGE,
  type ServerMethods,
} from '@gatehouse/schema';
import { Emitter } from './emitter.ts';
import { ConnectionEnded, GatehouseError } from './errors.ts';
import type { KeptSession } from './kept-sessions.ts';
import type { Kit } from './kit-options.ts';
import { LATER_PAUSE_MS, ReconnectPolicy } from './reconnect-policy.ts';
import { Resumer } from './resumer.ts';
import { RoundTrip } from './round-trip.ts';
import { type Overflow, RpcPeer } from './rpc-peer.ts';
import type { RoomOf, SdkRoom } from './sdk-room.ts';
import { keepSessionFresh } from './session-refresh.ts';
import { keepStateChecked, type StateMismatch } from './state-check.ts';
import { type ConnectionStatus, mayFollow } from './status.ts';
import type { TokenSource } from './token-source.ts';

/** A page takes the id of its first call from so many: another page of the same session hardly ever takes one near it. */
const MAX_FIRST_ID = 2 ** 31;

/** A room message that has no handler of its own on `room.onMessage`. */
export interface RoomMessage {
  readonly type: string | number;
  readonly payload: unknown;
}

/** Something that the kit does by itself went wrong; the connection goes on. */
export interface KitTrouble {
  readonly during: 'session.refresh';
  readonly error: unknown;
}

export interface ConnectionEvents {
  /** The state changed, or an attempt was set. A new round trip alone does not fire it. */
  status: ConnectionStatus;
  message: RoomMessage;
  /** A bound of the kit was reached and a message refused. */
  overflow: Overflow;
  /** A ping was answered, after so many milliseconds. */
  roundTrip: number;
  /** The state was found to be wrong; the whole of it is on its way. */
  mismatch: StateMismatch;
  /** The session has a new connection, on this page or after a reload. Comes before what was missed. */
  recovered: Recovered;
  trouble: KitTrouble;
}

/** What became of the numbered notifications that were sent while there was no connection. */
export interface Recovered {
  /** True: all that was missed follows. False: none of it, as the server no longer has all; ask, or look at the state. */
  readonly whole: boolean;
  /** How many follow that were sent before. */
  readonly replayed: number;
}

/**
 * One stay in one room, from the join to the end, whatever happens to its
 * sockets in between. Got from `GatehouseClient.join`.
 *
 * `room` and the state objects in it stay the same objects over all returns, so
 * callbacks on them are set up once.
 */
// biome-ignore lint/suspicious/noExplicitAny: a state without a class is whatever the server reflects, as in the SDK.
export class RoomConnection<State = any, S extends MethodTable = ServerMethods, C extends MethodTable = ClientMethods> {
  /** Calls to the room and handlers for what it sends. */
  readonly rpc: RpcPeer<S, C>;
  readonly #kit: Kit<S, C>;
  readonly #tokens: TokenSource;
  readonly #emitter = new Emitter<ConnectionEvents>();
  #status: ConnectionStatus = { state: 'idle' };
  #room: SdkRoom | null = null;
  #resumer: Resumer | null = null;
  #roundTrip: RoundTrip | null = null;

  constructor(kit: Kit<S, C>, tokens: TokenSource) {
    this.#kit = kit;
    this.#tokens = tokens;
    this.rpc = new RpcPeer({
      ...kit,
      firstId: 1 + Math.floor(kit.random() * MAX_FIRST_ID),
      send: (payload) => {
        const room = this.#joined();
        // On a socket that is closing the SDK would keep it for the return; a request goes out again then by itself, and twice is another one.
        if (room.connection.isOpen || !isRequest(payload)) room.send(RPC_MESSAGE, payload);
      },
      onOverflow: (overflow) => this.#emitter.emit('overflow', overflow),
    });
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  /** The SDK's Room: for state callbacks, `input()` and Predict. */
  get room(): RoomOf<State> {
    return this.#joined() as RoomOf<State>;
  }

  get state(): State {
    return this.room.state;
  }

  get sessionId(): string {
    return this.room.sessionId;
  }

  get roomId(): string {
    return this.room.roomId;
  }

  /** What another page needs to come back into this session; undefined when there is none to come back into. */
  get kept(): KeptSession | undefined {
    const { state } = this.#status;
    if (this.#room?.reconnectionToken === undefined || (state !== 'online' && state !== 'reconnecting'))
      return undefined;
    const { name: roomName, roomId, sessionId, reconnectionToken: token } = this.#room;
    return { roomName, roomId, sessionId, token, lastSequence: this.rpc.lastSequence };
  }

  /** Returns a function that ends it. */
  on<E extends keyof ConnectionEvents>(event: E, listener: (value: ConnectionEvents[E]) => void): () => void {
    return this.#emitter.on(event, listener);
  }

  /** Starts the next attempt to come back now instead of at its time. Does nothing in other states. */
  reconnectNow(): void {
    this.#resumer?.reconnectNow();
  }

  /** Leaves the room for good; the status goes to idle and open calls reject. Never rejects. */
  async leave(): Promise<void> {
    await this.#resumer?.leave();
    this.#stop();
    this.#move({ state: 'idle' });
  }

  /**
   * Joins: takes the room that `enter` brings. Called once, by GatehouseClient.
   * While a refusal is retryable it tries again, for `retryForMs` milliseconds.
   */
  async open(enter: () => Promise<SdkRoom>, retryForMs: number): Promise<void> {
    const { clock, random, reconnect, log } = this.#kit;
    const policy = new ReconnectPolicy({ options: { ...reconnect, windowMs: retryForMs }, random, clock });
    policy.begin();
    for (let attempt = 1; ; attempt++) {
      this.#move({ state: 'connecting', attempt });
      try {
        this.#attach(await enter());
        return;
      } catch (thrown) {
        const error = asEntryError(thrown);
        const retry = error.retryable ? policy.next(retryAfterMs(error)) : null;
        log({
          level: 'warn',
          event: 'join.refused',
          attempt,
          name: error.name,
          code: error.code,
          message: error.message,
        });
        if (retry === null) {
          this.rpc.end();
          this.#move({ state: 'failed', error });
          throw error;
        }
        await new Promise<void>((resolve) => clock.after(retry.delayMs, resolve));
      }
    }
  }

  #attach(room: SdkRoom): void {
    const { clock, random, reconnect, log, roundTripEveryMs: everyMs, silenceMs } = this.#kit;
    this.#room = room;
    room.onMessage(RPC_MESSAGE, (payload) => this.rpc.receive(payload));
    room.onMessage('*', (type, payload) => {
      // Colyseus's own tools talk in `__…`.
      if (!String(type).startsWith('__')) this.#emitter.emit('message', { type, payload });
    });
    keepSessionFresh({
      rpc: this.rpc,
      tokens: this.#tokens,
      clock,
      log,
      onTrouble: (error) => this.#emitter.emit('trouble', { during: 'session.refresh', error }),
    });
    // Of the platform, so it is there whatever tables a game adds.
    const rpc = this.rpc as unknown as RpcPeer<ServerMethods, ClientMethods>;
    rpc.serve('session.recovered', ({ recovered: whole, replayed }) => {
      log({ level: 'info', event: 'session.recovered', whole, replayed });
      this.#emitter.emit('recovered', { whole, replayed });
    });
    keepStateChecked({
      rpc: this.rpc,
      state: () => room.state as object,
      log,
      onMismatch: (mismatch) => this.#emitter.emit('mismatch', mismatch),
    });
    const roundTrip = new RoundTrip({
      room,
      clock,
      everyMs,
      silenceMs,
      onMeasured: (ms) => this.#measured(ms),
      onSilent: () => this.#resumer?.abandon('the server is silent'),
    });
    this.#roundTrip = roundTrip;
    this.#resumer = new Resumer({
      room,
      policy: new ReconnectPolicy({ options: reconnect, random, clock }),
      tokens: this.#tokens,
      clock,
      log,
      lastSequence: () => this.rpc.lastSequence,
      events: {
        heard: () => roundTrip.heard(),
        lost: () => {
          roundTrip.stop();
          this.rpc.lose();
        },
        retrying: (reason, { attempt, delayMs, retryAt }) => {
          this.#move({ state: 'reconnecting', reason, attempt, nextDelayMs: delayMs, retryAt });
        },
        resumed: () => this.#online(),
        ended: (end) => this.#ended(end),
      },
    });
    this.#online();
  }

  #online(): void {
    this.#kit.log({ level: 'info', event: 'connection.online', roomId: this.roomId, sessionId: this.sessionId });
    this.rpc.open();
    this.#move({ state: 'online', since: this.#kit.clock.now(), roundTripMs: null });
    this.#roundTrip?.start();
  }

  #ended(end: ConnectionEnded): void {
    this.#stop();
    this.#move(end.code === closeCodes.LEFT.code ? { state: 'idle' } : { state: 'failed', error: end });
  }

  #stop(): void {
    this.#roundTrip?.stop();
    this.rpc.end();
  }

  #measured(ms: number): void {
    if (this.#status.state !== 'online') return;
    this.#status = { ...this.#status, roundTripMs: ms };
    this.#emitter.emit('roundTrip', ms);
  }

  #move(status: ConnectionStatus): void {
    if (!mayFollow(this.#status.state, status.state)) return;
    this.#status = status;
    this.#emitter.emit('status', status);
  }

  #joined(): SdkRoom {
    if (this.#room === null) throw GatehouseError.of('CONNECTION_LOST', { message: 'The room is not joined yet' });
    return this.#room;
  }
}

/** What `enter` threw, as an error of a catalogue. */
function asEntryError(thrown: unknown): GatehouseError | ConnectionEnded {
  return thrown instanceof ConnectionEnded ? thrown : GatehouseError.fromMatchMake(thrown);
}

/** Is it answered, and sent again until it is? */
function isRequest(payload: unknown): boolean {
  return classify(payload).kind === 'request';
}

/** How long a refusal asks to wait, in milliseconds. */
function retryAfterMs(error: GatehouseError | ConnectionEnded): number {
  if (error instanceof ConnectionEnded) return error.next === 'later' ? LATER_PAUSE_MS : 0;
  const data = error.data as { retryAfterMs?: unknown } | null | undefined;
  return typeof data?.retryAfterMs === 'number' ? Math.max(0, data.retryAfterMs) : 0;
}
