import {
  type Client,
  ClientState,
  getMessageBytes,
  Protocol,
  ResponseStatus,
  Room,
  SchemaSerializer,
} from '@colyseus/core';
import {
  type ClientMethods,
  type CloseCodeName,
  closeCodes,
  type ErrorName,
  errorResponse,
  errors,
  type MethodTable,
  type ParamsOf,
  RPC_MESSAGE,
  type SeatReservation,
} from '../../schema/index.ts';
import { fail, GatehouseError } from '../fail.ts';
import type { Identity } from '../gate/identity.ts';
import type { JoinContext } from '../gate/matchmake.ts';
import { TokenBucket } from '../gate/token-bucket.ts';
import type { Distribution } from '../ops/metrics/Distribution.ts';
import { timed } from '../ops/metrics/timed.ts';
import type { Delivery, Replayed } from '../outbox/delivery.ts';
import { Dispatcher, type JournalRequest, type Outcome, type Reply } from '../rpc/Dispatcher.ts';
import { messageOf, notification } from '../rpc/message.ts';
import { bindMethods, type Handlers } from '../rpc/methods.ts';
import type { RoomFrames } from '../socket/frame-guard.ts';
import { InputCheck } from '../socket/input-check.ts';
import type { PlayerSocket } from '../socket/PlayerSocket.ts';
import { StateChecks } from '../state/StateChecks.ts';
import { nextRefIdOf } from '../state/saved-state.ts';
import { ViewSerializer } from '../state/ViewSerializer.ts';
import { Draws } from './Draws.ts';
import { installLifecycle } from './lifecycle.ts';
import { type Platform, platformOfProcess } from './Platform.ts';
import { Recovery } from './Recovery.ts';
import { recoverSession } from './recover-session.ts';
import { encoderOf } from './room-snapshot.ts';
import type { Session } from './Session.ts';
import type { Recover } from './SessionReturns.ts';
import type { Done, Tail } from './Tail.ts';

/** Messages of unknown types that a client may send: at once, and each second. More end its session. */
const STRIKES = { burst: 20, perSecond: 1 };

/**
 * The base of a game's rooms: a Colyseus room whose players have sessions, a
 * verified identity, JSON-RPC and a seat that waits for them.
 *
 * Write the hooks of Colyseus as methods (`onCreate`, `onJoin`, `onDrop`,
 * `onReconnect`, `onLeave`, `onDispose`); the platform does its part around
 * them. `onDrop` needs no `allowReconnection`: the seat is kept already.
 *
 * `State` is the room's schema, `Methods` the table that it serves, `Events`
 * what it may send to clients.
 */
export class GameRoom<
  State extends object = object,
  // biome-ignore lint/complexity/noBannedTypes: a room without methods of its own
  Methods extends MethodTable = {},
  Events extends MethodTable = ClientMethods,
  // biome-ignore lint/suspicious/noExplicitAny: what defineInput() makes of it, which each room says for itself
  Input = any,
> extends Room<{ state: State; client: Client<{ auth: Identity }>; input: Input }> {
  /** The table of the methods that rooms of this class serve, for the OpenRPC document. */
  static methods: MethodTable = {};

  /** One handler for each method of the table. */
  handlers: Handlers<Methods> = {} as Handlers<Methods>;

  readonly #draws = new Draws(platformOfProcess());
  readonly platform: Platform = { ...platformOfProcess(), clock: this.#draws.clock, random: this.#draws.random };
  /** Grows each time the room changes its owner. Set by the platform. */
  epoch = 1;
  /** Locked for a move, and not by its author. Set by the platform. */
  isMoving = false;
  /** It goes on at another node: what is left here is ending. Set by the platform. */
  isElsewhere = false;
  /** The numbered notifications of this room, for those who are away. */
  readonly recovery = new Recovery({ ...platformOfProcess(), onPost: (entry) => this.tail?.said(entry) });
  /** What must not be lost between two snapshots. Undefined where nothing outlives the process. Set by the platform. */
  tail: Tail | undefined;
  /** Undefined: nobody is checked here. */
  readonly checks: StateChecks | undefined = this.#newChecks();
  /** Of sessions, so that a return does not forget them; of a client that has none yet. */
  readonly #strikes = new WeakMap<Session | Client, TokenBucket>();
  readonly #types = new Set<string>();
  #inputCheck: InputCheck | undefined;
  #dispatcher: Dispatcher | undefined;
  /** Carries out again what an earlier owner did: whoever was to hear of it has. */
  #isRepeating = false;
  #timePatches: Distribution | undefined;
  #faultsLoggedAt = Number.NEGATIVE_INFINITY;

  /** Refuses a join before it costs anything. What it returns becomes `client.auth`. */
  static override async onAuth(token: string, _options: unknown, context: JoinContext): Promise<Identity> {
    return context.identity ?? platformOfProcess().gate.admitJoin(token);
  }

  constructor() {
    super();
    installLifecycle(this as unknown as GameRoom);
  }

  /** The session of a client that has joined. */
  sessionOf(client: Client): Session {
    const session = this.platform.sessions.get(client.sessionId);
    if (session === undefined) throw new TypeError('this client has no session here');
    return session;
  }

  /**
   * Sends a notification to one session. One without a connection misses it, but for `{ replay: true }`: then it is
   * numbered, and who is away hears it on return (docs/recovery.md).
   * `delivery`: what becomes of it when the connection is slow (docs/delivery.md).
   */
  notify<M extends keyof Events & string>(
    to: Session | Client,
    method: M,
    params: ParamsOf<Events, M>,
    delivery?: Delivery | Replayed,
  ): void {
    if (this.#isRepeating) return;
    if (delivery?.replay) {
      this.recovery.post(method, params, { only: ['client' in to ? to.id : to.sessionId] });
      return;
    }
    send('client' in to ? to.client : to, messageOf(notification(method, params)), delivery);
  }

  /**
   * Sends a notification to everybody in the room, or to those whom `to` picks:
   * `this.notifyAll('hit.was', hit, { to: ({ id }) => isNear(id, hit), priority: 'low' })`.
   */
  notifyAll<M extends keyof Events & string>(
    method: M,
    params: ParamsOf<Events, M>,
    { except, to, ...delivery }: Audience & (Delivery | Replayed) = {},
  ): void {
    if (this.#isRepeating) return;
    if (delivery.replay) {
      // Also of those who are away now.
      const only = to && [...this.recovery.members()].filter(to).map(({ id }) => id);
      this.recovery.post(method, params, { except: except?.id, only });
      return;
    }
    const message = messageOf(notification(method, params));
    for (const client of this.clients) {
      if (client === except?.client) continue;
      const session = to && this.platform.sessions.get(client.sessionId);
      if (to !== undefined && (session === undefined || !to(session))) continue;
      send(client, message, delivery);
    }
  }

  /**
   * Tells services of something that happened here, as a room event (docs/integration.md). At most once: nobody waits,
   * and while the bus is away it is lost. `data` is JSON, nested at most 32 deep, at most 64 KiB.
   */
  announce(event: string, data?: unknown): void {
    if (!this.#isRepeating) this.platform.announcements.ofGame(this, event, data);
  }

  /**
   * Asks a client. The answer is the client's word: check it before use.
   * Rejects with TIMEOUT (default 5,000 ms), CONNECTION_LOST, QUEUE_FULL, or the client's error.
   */
  call<M extends keyof Events & string>(
    to: Session,
    method: M,
    params: ParamsOf<Events, M>,
    { timeoutMs }: { timeoutMs?: number } = {},
  ): Promise<unknown> {
    return to.calls.start((request) => to.client.send(RPC_MESSAGE, request), method, params, timeoutMs);
  }

  /** Ends a session for good. */
  kick(session: Session): void {
    this.platform.sessions.end(session.id, 'KICKED');
  }

  /** Logs what a hook, a timer or a message handler threw; the room goes on. */
  override onUncaughtException(error: Error, where: string): void {
    this.platform.counters.count('room_errors', where);
    // A tick that fails does so sixty times a second: once a second is enough to know.
    const now = this.platform.clock.monotonic();
    if (now - this.#faultsLoggedAt < 1_000) return;
    this.#faultsLoggedAt = now;
    this.platform.log.error({ room: this.roomId, roomName: this.roomName, where, error: error.stack }, 'room error');
  }

  /** The page that opens a session with its reconnection token takes the seat from a connection that still has it. */
  override checkReconnectionToken(presented: string): string {
    const token = this.platform.sessions.returns.seatToken(this.roomId, presented);
    const client = this.clients.find((candidate) => candidate.reconnectionToken === token);
    // Colyseus closes the old connection with 4002, which would end the session.
    if (client !== undefined) this.platform.sessions.returns.handOver(client.sessionId);
    return super.checkReconnectionToken(token);
  }

  /** Called by the node that was asked over HTTP, wherever that is. Errors are values, as they travel between nodes. */
  async recoverSession(request: Recover): Promise<SeatReservation | { readonly error: ErrorName }> {
    return (await this.#isOurs()) ? recoverSession(this, request) : { error: 'UNAVAILABLE' };
  }

  /** As `recoverSession`: ends a session for good. */
  async endSession(
    sessionId: string,
    how: CloseCodeName,
  ): Promise<{ readonly ended: boolean } | { readonly error: ErrorName }> {
    if (!(await this.#isOurs())) return { error: 'UNAVAILABLE' };
    return { ended: this.platform.sessions.end(sessionId, how) };
  }

  /** Asked of what an owner has that was stopped for a while, and may be one no more. */
  #isOurs(): Promise<boolean> {
    return this.platform.keeper.keeps(this as unknown as GameRoom);
  }

  /** As Colyseus's; the platform takes note of the type, and answers requests of types that nobody registered. */
  // biome-ignore lint/suspicious/noExplicitAny: Colyseus's overloads, passed on as they are
  override onMessage(type: any, ...rest: any[]): () => void {
    this.#types.add(String(type));
    // biome-ignore lint/suspicious/noExplicitAny: as above
    return (super.onMessage as any)(type, ...rest);
  }

  /** What the guard of a connection asks of its room. */
  framesOf(client: Client): RoomFrames {
    // Private to Colyseus, and the only place that knows what the author gave to `defineInput`.
    // biome-ignore lint/complexity/useLiteralKeys: the one way to a private field that TypeScript allows
    const inputType: (new () => object) | undefined = this['_inputController']?.options.ctor;
    if (inputType !== undefined) {
      const mode = this._timelineMode();
      this.#inputCheck ??= new InputCheck(inputType, { twoSeries: mode?.snapshot === true && mode.reckon === true });
    }
    return {
      receive: (payload) => {
        if (client.state !== ClientState.LEAVING) this.#receive(client, payload);
      },
      inputs: this.#inputCheck,
      answers: (type) => type !== '*' && this.#types.has(String(type)),
      refuse: (requestId) => {
        const { code, message } = errors.UNKNOWN_MESSAGE;
        const payload = { name: 'UNKNOWN_MESSAGE', code, message };
        client.enqueueRaw(getMessageBytes[Protocol.ROOM_RESPONSE](requestId, ResponseStatus.ERROR, payload));
        this.#strike(client, { told: true });
      },
    };
  }

  /** Called by Colyseus when the room gets its state; one that the author chose stays. */
  override setSerializer(serializer: Parameters<Room['setSerializer']>[0]): void {
    super.setSerializer(serializer.constructor === SchemaSerializer ? new ViewSerializer() : serializer);
  }

  /** Called by the lifecycle when the room is made. */
  openMessages(): void {
    const { config, counters } = this.platform;
    const { methods } = this.constructor as typeof GameRoom;
    const { roomId, roomName } = this;
    const resync = (session: Session) => this.#mismatched(session);
    const platform = this.platform.methodsFor({ roomId, roomName, clock: this.clock, methods, resync });
    this.#dispatcher = new Dispatcher({
      methods: [...platform, ...bindMethods(methods, this.handlers as Handlers<MethodTable>)],
      maxBatch: config.limits.batch,
      checkResults: !config.production,
      // What it asks is not the handler's.
      clock: platformOfProcess().clock,
      counters,
      onFault: (method, error) => this.onUncaughtException(toError(error), method),
      journal: (request, run) => this.#journal(request, run),
    });
    this.onMessage(RPC_MESSAGE, (client: Client, payload: unknown) => this.#receive(client, payload));
    this.onMessage('*', (client: Client) => this.#strike(client));
  }

  /** Called when the room comes back: carries out again what its last owner did. False when that cannot be. */
  repeat({ sessionId, id, method, params, drawn }: Done): boolean {
    const session = this.platform.sessions.get(sessionId);
    if (session === undefined) return false;
    this.#isRepeating = true;
    try {
      const request = { session, id: id ?? undefined, method, params };
      return this.#draws.repeat(drawn, () => this.#dispatcher!.repeat(request));
    } finally {
      this.#isRepeating = false;
    }
  }

  /** Carries out a request, and notes what it takes to do so again. One that was refused has changed nothing. */
  #journal({ session, id, method, params }: JournalRequest, run: () => Outcome): Outcome {
    const encoder = encoderOf(this);
    const nextRefId = encoder === undefined ? 0 : nextRefIdOf(encoder);
    const { result, drawn } = this.#draws.note(run);
    if (result instanceof Promise) {
      this.onUncaughtException(new TypeError('a method that is journalled cannot wait'), method);
    } else if (result === undefined || 'result' in result) {
      this.tail?.done({ sessionId: session.id, id: id ?? null, method, params, drawn: [...drawn], nextRefId });
    }
    return result;
  }

  /** As Colyseus's; each step is timed. */
  override setTimestep(tick?: (deltaTime: number) => void, delay: number = 1_000 / 60): void {
    super.setTimestep(tick && timed(this, tick, delay), delay);
  }

  /** As Colyseus's; each step is timed. */
  override setFixedTimestep(
    step: Parameters<Room['setFixedTimestep']>[0],
    tickRate: number = 60,
    options?: Parameters<Room['setFixedTimestep']>[2],
  ): void {
    super.setFixedTimestep(timed(this, step, 1_000 / tickRate), tickRate, options);
  }

  /** As Colyseus's; what clients should hold now is checked, a few of them at a time. */
  override broadcastPatch(): boolean {
    const { clock } = this.platform;
    const began = clock.monotonic();
    const hasChanges = super.broadcastPatch();
    this.checks?.afterPatch(this.state, this.clients);
    if (hasChanges) this.#patches.observe((clock.monotonic() - began) / 1_000);
    return hasChanges;
  }

  get #patches(): Distribution {
    this.#timePatches ??= this.platform.counters.distribution('patch', this.roomName);
    return this.#timePatches;
  }

  #receive(client: Client, payload: unknown): void {
    const session = this.platform.sessions.get(client.sessionId);
    if (session === undefined) return;
    const reply = this.#dispatcher!.receive(payload, session);
    if (reply instanceof Promise) reply.then((late) => this.#reply(session, late));
    else this.#reply(session, reply);
  }

  /** To the connection that the session has when the answer is ready. */
  #reply(session: Session, reply: Reply): void {
    if (reply === undefined) return;
    try {
      const message = messageOf(reply);
      // It could never wait for a slow client, and whoever asked would wait for ever.
      if (message.byteLength > this.platform.config.outbox.bytes) throw fail('PAYLOAD_TOO_LARGE');
      send(session.client, message, REPLY);
    } catch (error) {
      // msgpackr calls methods of what it packs: a result can be made of data and still not be packed.
      this.onUncaughtException(toError(error), 'reply');
      const name = error instanceof GatehouseError ? error.error : 'INTERNAL_ERROR';
      const replies = Array.isArray(reply) ? reply : [reply];
      const ids = replies.flatMap((each) => (typeof each === 'string' ? [] : [each.id]));
      const refusals = ids.map((id) => errorResponse(id, name));
      session.client.send(RPC_MESSAGE, Array.isArray(reply) ? refusals : refusals[0]);
    }
  }

  /** A message of a type that nobody handles: told, counted, and after too many the end. */
  #strike(client: Client, { told = false } = {}): void {
    const now = this.platform.clock.monotonic();
    this.platform.counters.count('messages_unknown');
    const whose = this.platform.sessions.get(client.sessionId) ?? client;
    const strikes = this.#strikes.get(whose) ?? new TokenBucket(STRIKES, now);
    this.#strikes.set(whose, strikes);
    if (strikes.take(now)) {
      if (told) return;
      client.error(errors.UNKNOWN_MESSAGE.code, `UNKNOWN_MESSAGE: ${errors.UNKNOWN_MESSAGE.message}`);
    } else if (!this.platform.sessions.end(client.sessionId, 'TOO_MANY_ERRORS')) {
      this.kickClient(client.sessionId, closeCodes.TOO_MANY_ERRORS.code);
    }
  }

  #mismatched(session: Session): void {
    this.platform.counters.count('state_checks', 'mismatch');
    this.resync(session.client);
    // Soon it is seen whether that was enough.
    if (session.takesChecks) this.checks?.add(session.id);
  }

  #newChecks(): StateChecks | undefined {
    const { config, clock, counters, log } = this.platform;
    const everyMs = config.timing.stateCheckMs;
    if (everyMs === 0) return undefined;
    const isInOrder = (client: Client) => (client.ref as PlayerSocket).writer?.isInOrder === true;
    const tell = (client: Client, hash: number) =>
      send(client, messageOf(notification('state.check', { hash })), undefined);
    return new StateChecks({ everyMs, clock, counters, log, isInOrder, tell });
  }

  /** Called by the outbox: what a slow client has missed of the patches comes as the whole state. */
  resync(client: Client): void {
    if (!this.state || client.state !== ClientState.JOINED) return;
    this.platform.counters.count('resyncs', this.roomName);
    // Private to Colyseus; an unmodified SDK takes it as a correction of what it has.
    // biome-ignore lint/complexity/useLiteralKeys: the one way to a private method that TypeScript allows
    this['sendFullState'](client as never);
  }
}

/** Somebody waits for it. */
const REPLY: Delivery = { priority: 'high' };

/** Who of a room hears something. */
export interface Audience {
  readonly except?: Session | undefined;
  readonly to?: ((session: Session) => boolean) | undefined;
}

function send(client: Client, message: Uint8Array, delivery: Delivery | undefined): void {
  // Until it has confirmed its seat Colyseus keeps what it is sent.
  if (delivery === undefined || client.state !== ClientState.JOINED) client.enqueueRaw(message);
  else (client.ref as PlayerSocket).deliver(message, delivery);
}

function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
