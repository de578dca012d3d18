import { Client } from '@colyseus/sdk';
import { CHECKS_OPTION, type ClientMethods, type MethodTable, type ServerMethods } from '@gatehouse/schema';
import { type KeptSession, KeptSessions } from './kept-sessions.ts';
import { type GatehouseClientOptions, type Kit, resolveKit } from './kit-options.ts';
import { RoomConnection } from './room-connection.ts';
import type { RoomOf } from './sdk-room.ts';
import { type SeatRequest, type StateClass, takeBack, takeSeat, within } from './seat.ts';
import type { ConnectionStatus } from './status.ts';
import { TokenSource } from './token-source.ts';

export interface JoinSettings<State, S extends MethodTable = ServerMethods, C extends MethodTable = ClientMethods> {
  /** The class of the room's state; without it the state is built from what the server says of it, untyped. */
  readonly stateClass?: StateClass<State>;
  /** Hears every status from the first `connecting` on. */
  readonly onStatus?: (status: ConnectionStatus) => void;
  /**
   * Gets the connection before its first attempt: handlers that are set up here hear everything. Those that are set up
   * later than right behind `await join(…)` may miss what a session that is taken up again has missed.
   */
  readonly prepare?: (connection: RoomConnection<State, S, C>) => void;
  /**
   * For how many milliseconds a retryable refusal is tried again, with the same
   * backoff as after a drop. Default 0: the first refusal is the answer.
   */
  readonly retryForMs?: number;
}

/**
 * The way into the rooms of one server, as one user.
 *
 * ```ts
 * const gatehouse = new GatehouseClient({ url: 'ws://localhost:2567', token: () => fetchToken() });
 * const world = await gatehouse.join('world', {}, { stateClass: WorldState });
 * ```
 */
export class GatehouseClient<S extends MethodTable = ServerMethods, C extends MethodTable = ClientMethods> {
  /** The SDK's client, for what the kit leaves to it: `http`, `getLatency`. Its own join methods know nothing of the kit. */
  readonly sdk: Client;
  readonly #kit: Kit<S, C>;
  readonly #tokens: TokenSource;
  readonly #sessions: KeptSessions;

  /** Throws INVALID_PARAMS for an option out of its range, TypeError for a URL that is none. */
  constructor(options: GatehouseClientOptions<S, C>) {
    this.#kit = resolveKit(options);
    this.#tokens = new TokenSource(options.token);
    this.sdk = new Client(options.url);
    const { storage, reconnect, clock, log } = this.#kit;
    this.#sessions = new KeptSessions({ storage, url: options.url, windowMs: reconnect.windowMs, clock, log });
  }

  /**
   * Writes to `storage` how to come back into each room that this client is in. Pages need not call it: the kit does
   * when they go. A Node process that ends and shall be followed by another may.
   */
  keepSessions(): void {
    this.#sessions.keep();
  }

  /**
   * Joins a room of this name that has a free seat, or a new one; a session that the
   * page had there before it was loaded anew is taken up again. Rejects with a
   * GatehouseError (not let in) or a ConnectionEnded (the socket closed before the
   * seat was taken). A failure of the token function is UNKNOWN, with its `cause`.
   */
  // biome-ignore lint/suspicious/noExplicitAny: see RoomConnection.
  join<State = any>(
    roomName: string,
    options: object = {},
    settings: JoinSettings<State, S, C> = {},
  ): Promise<RoomConnection<State, S, C>> {
    return this.#enter('joinOrCreate', roomName, options, settings);
  }

  /** Joins the room with this id, or takes up a session in it; rejects as `join` does. */
  // biome-ignore lint/suspicious/noExplicitAny: see RoomConnection.
  joinById<State = any>(
    roomId: string,
    options: object = {},
    settings: JoinSettings<State, S, C> = {},
  ): Promise<RoomConnection<State, S, C>> {
    return this.#enter('joinById', roomId, options, settings);
  }

  /** Makes a new room and joins it; rejects as `join` does. */
  // biome-ignore lint/suspicious/noExplicitAny: see RoomConnection.
  create<State = any>(
    roomName: string,
    options: object = {},
    settings: JoinSettings<State, S, C> = {},
  ): Promise<RoomConnection<State, S, C>> {
    return this.#enter('create', roomName, options, settings);
  }

  async #enter<State>(
    method: SeatRequest<State>['method'],
    target: string,
    options: object,
    { stateClass, onStatus, prepare, retryForMs = 0 }: JoinSettings<State, S, C>,
  ): Promise<RoomConnection<State, S, C>> {
    const connection = new RoomConnection<State, S, C>(this.#kit, this.#tokens);
    if (onStatus !== undefined) connection.on('status', onStatus);
    prepare?.(connection);
    const isWanted = ({ roomId, roomName }: KeptSession) => (method === 'joinById' ? roomId : roomName) === target;
    let kept = method === 'create' ? undefined : this.#sessions.take(isWanted);
    const release = this.#sessions.hold(() => kept ?? connection.kept);
    const enter = async (): Promise<RoomOf<State>> => {
      const token = await this.#tokens.renew();
      // An attempt that took too long may still be on its way beside this one.
      const wanted = kept;
      if (wanted !== undefined) {
        const room = await takeBack(this.sdk, wanted, { stateClass, token });
        kept = undefined;
        if (room !== undefined) {
          connection.rpc.continueAfter(wanted.lastSequence);
          return room;
        }
      }
      const asked = { ...options, [CHECKS_OPTION]: this.#kit.stateChecks };
      return takeSeat(this.sdk, { method, target, options: asked, stateClass, token });
    };
    const { joinTimeoutMs: timeoutMs, clock } = this.#kit;
    try {
      await connection.open(
        () => within(enter(), { timeoutMs, clock, tooLate: (room) => void room.leave().catch(() => {}) }),
        retryForMs,
      );
    } catch (error) {
      release();
      if (kept !== undefined) this.#sessions.putBack(kept);
      throw error;
    }
    connection.on('status', ({ state }) => {
      if (state === 'failed' || state === 'idle') release();
    });
    return connection;
  }
}
