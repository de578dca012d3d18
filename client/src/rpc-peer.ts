import {
  classify,
  isAfter,
  type MethodTable,
  type ResultOf,
  type RpcErrorObject,
  type RpcId,
  type RpcRequest,
  type RpcResponse,
  type Sequence,
  sequenceOf,
} from '@gatehouse/schema';
import type { Clock } from './clock.ts';
import { GatehouseError } from './errors.ts';
import type { Log } from './log.ts';
import { checkResult } from './rpc-check.ts';
import { RpcServer } from './rpc-server.ts';
import type { CallArgs, NotifyArgs, RpcHandler } from './rpc-types.ts';
import { SendQueue } from './send-queue.ts';

export const DEFAULT_CALL_TIMEOUT_MS = 10_000;

/** Something was refused because a bound of the kit was reached. */
export interface Overflow {
  /** `queue`: too much waits to be sent. `pending`: too many calls have no answer yet. */
  readonly bound: 'queue' | 'pending';
  readonly limit: number;
  readonly method: string;
}

export interface RpcPeerOptions<S extends MethodTable, C extends MethodTable> {
  /** What the other end answers. */
  readonly serverMethods: S;
  /** What the other end may send. */
  readonly clientMethods: C;
  /** Puts one payload on the wire; called only between `open` and `lose`. */
  readonly send: (payload: unknown) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly onOverflow: (overflow: Overflow) => void;
  /** Calls and notifications that wait for a connection at most. */
  readonly queueLimit: number;
  /** Calls without an answer at most, those in the queue included. */
  readonly pendingLimit: number;
  /** Of the first call. A page that takes up the session of another one must not use its ids again. Default 1. */
  readonly firstId?: number;
}

interface Call {
  readonly method: string;
  /** Once it was sent: what is sent again when the connection was lost before its answer came. */
  sent: RpcRequest | null;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

interface Outgoing {
  readonly request: RpcRequest;
  /** Absent for a notification. */
  readonly call?: Call;
}

/**
 * A JSON-RPC 2.0 peer: decoded payloads in and out, no socket.
 *
 * It promises: each call settles exactly once. Messages leave in the order in
 * which they were given. A call without an answer goes out again on the next
 * connection, with the same id, by which a Gatehouse server knows that it has
 * carried it out already; then goes what still waited. A notification is never
 * sent twice. Nothing that the other end sends makes `receive` throw.
 */
export class RpcPeer<S extends MethodTable, C extends MethodTable> {
  readonly #options: RpcPeerOptions<S, C>;
  readonly #calls = new Map<RpcId, Call>();
  readonly #queue: SendQueue<Outgoing>;
  readonly #server: RpcServer<C>;
  #link: 'down' | 'up' | 'ended' = 'down';
  /** Counts connections, so that an answer to the last one is not sent on the next. */
  #epoch = 0;
  /** While `open` sends again what has no answer: what is asked meanwhile comes after it. */
  #isRepeating = false;
  // Never used for two calls, so that an answer finds its own.
  #nextId: number;
  #lastSequence: Sequence | undefined;

  constructor(options: RpcPeerOptions<S, C>) {
    this.#options = options;
    this.#nextId = options.firstId ?? 1;
    this.#server = new RpcServer(options.clientMethods, options.log);
    this.#queue = new SendQueue<Outgoing>({
      limit: options.queueLimit,
      clock: options.clock,
      onExpired: ({ request, call }) => {
        if (call !== undefined) call.reject(GatehouseError.of('TIMEOUT'));
        else options.log({ level: 'warn', event: 'rpc.notificationExpired', method: request.method });
      },
    });
  }

  /**
   * Calls a method of the server. While there is no connection it waits its turn.
   *
   * Rejects with a GatehouseError: what the server answered, or TIMEOUT,
   * CONNECTION_LOST, QUEUE_FULL of the kit itself; with the reason of `signal`
   * when that ends the call. An answer that does not fit the table is UNKNOWN.
   */
  call<M extends keyof S & string>(method: M, ...args: CallArgs<S, M>): Promise<ResultOf<S, M>> {
    const [params = {}, { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal } = {}] = args;
    const { clock, pendingLimit } = this.#options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.#link === 'ended') return reject(GatehouseError.of('CONNECTION_LOST'));
      if (this.#calls.size >= pendingLimit) return reject(this.#overflow('pending', pendingLimit, method));

      const id = this.#nextId++;
      const finish = (settle: () => void): void => {
        if (!this.#calls.delete(id)) return;
        if (call.sent === null) this.#queue.remove(outgoing);
        timer.stop();
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const call: Call = {
        method,
        sent: null,
        resolve: (result) => finish(() => resolve(result as ResultOf<S, M>)),
        reject: (error) => finish(() => reject(error)),
      };
      const outgoing: Outgoing = { request: { jsonrpc: '2.0', method, params, id }, call };
      const abort = (): void => call.reject(signal?.reason);
      const timer = clock.after(timeoutMs, () => call.reject(GatehouseError.of('TIMEOUT')));
      signal?.addEventListener('abort', abort);
      this.#calls.set(id, call);
      this.#post(outgoing, timeoutMs);
    });
  }

  /** Sends a notification, which is never answered. Throws QUEUE_FULL, and CONNECTION_LOST after the end. */
  notify<M extends keyof S & string>(method: M, ...args: NotifyArgs<S, M>): void {
    const [params = {}, { timeoutMs = DEFAULT_CALL_TIMEOUT_MS } = {}] = args;
    if (this.#link === 'ended') throw GatehouseError.of('CONNECTION_LOST');
    this.#post({ request: { jsonrpc: '2.0', method, params } }, timeoutMs);
  }

  /**
   * Serves a method that the server calls or a notification that it sends. A
   * notification reaches all its handlers; a request is answered by the latest.
   * Returns a function that ends it.
   */
  serve<M extends keyof C & string>(method: M, handler: RpcHandler<C, M>): () => void {
    return this.#server.serve(method, handler);
  }

  /** The number of the last numbered notification that came. */
  get lastSequence(): Sequence | undefined {
    return this.#lastSequence;
  }

  /** What an earlier page of the session has heard is not told again. Before anything is received. */
  continueAfter(last: Sequence | undefined): void {
    this.#lastSequence = last;
  }

  /** Takes one payload from the wire: an envelope, or an array of them. */
  receive(payload: unknown): void {
    const epoch = this.#epoch;
    if (!Array.isArray(payload)) {
      this.#handle(payload)?.then((response) => this.#reply(epoch, response));
      return;
    }
    if (payload.length === 0) this.#options.log({ level: 'warn', event: 'rpc.invalid', id: null });
    const responses = payload.map((entry) => this.#handle(entry)).filter((response) => response !== undefined);
    if (responses.length > 0) Promise.all(responses).then((all) => this.#reply(epoch, all));
  }

  /** A connection is there: what has no answer yet goes out again, then what waited, in order. */
  open(): void {
    if (this.#link === 'ended') return;
    const epoch = ++this.#epoch;
    this.#link = 'up';
    this.#isRepeating = true;
    for (const [id, call] of [...this.#calls]) {
      if (this.#epoch !== epoch) return;
      if (call.sent !== null && this.#calls.has(id)) this.#transmit({ request: call.sent, call });
    }
    this.#isRepeating = false;
    while (this.#epoch === epoch) {
      const next = this.#queue.take();
      if (next === undefined) return;
      this.#transmit(next);
    }
  }

  /** The connection is lost: what has no answer waits for the next one. */
  lose(): void {
    if (this.#link !== 'up') return;
    this.#link = 'down';
    this.#isRepeating = false;
    this.#epoch += 1;
  }

  /** There will be no connection any more: everything rejects, now and from now on. */
  end(): void {
    this.#link = 'ended';
    this.#epoch += 1;
    for (const call of [...this.#calls.values()]) call.reject(GatehouseError.of('CONNECTION_LOST'));
    this.#queue.clear();
  }

  #post(outgoing: Outgoing, timeoutMs: number): void {
    // A call made while `open` is still emptying the queue must not overtake what waits in it.
    if (this.#link === 'up' && this.#queue.size === 0 && !this.#isRepeating) {
      this.#transmit(outgoing);
      return;
    }
    if (this.#queue.push(outgoing, this.#options.clock.now() + timeoutMs)) return;
    const full = this.#overflow('queue', this.#options.queueLimit, outgoing.request.method);
    if (outgoing.call === undefined) throw full;
    outgoing.call.reject(full);
  }

  #transmit({ request, call }: Outgoing): void {
    if (call !== undefined) call.sent = request;
    try {
      this.#options.send(request);
    } catch (cause) {
      // Params that cannot be encoded, or a socket that closed a moment ago.
      const error = GatehouseError.unknown(0, 'The message could not be sent', { cause });
      if (call !== undefined) call.reject(error);
      else this.#options.log({ level: 'error', event: 'rpc.sendFailed', method: request.method, error: cause });
    }
  }

  #handle(value: unknown): Promise<RpcResponse> | undefined {
    const message = classify(value);
    switch (message.kind) {
      case 'request':
        return this.#server.answer(message.method, message.params, message.id);
      case 'notification':
        if (this.#isNew(value)) this.#server.tell(message.method, message.params);
        return undefined;
      case 'result':
        this.#resolve(message.id, message.result);
        return undefined;
      case 'error':
        this.#reject(message.id, message.error);
        return undefined;
      case 'invalid':
        // Not answered: two ends that complain about each other's complaints would never stop.
        this.#options.log({ level: 'warn', event: 'rpc.invalid', id: message.id });
        return undefined;
    }
  }

  /** False for a numbered notification that came before: the server sends again what it does not know to have arrived. */
  #isNew(notification: unknown): boolean {
    const seq = sequenceOf(notification);
    if (seq === undefined) return true;
    if (this.#lastSequence !== undefined && !isAfter(seq, this.#lastSequence)) return false;
    this.#lastSequence = seq;
    return true;
  }

  #resolve(id: RpcId, result: unknown): void {
    const call = this.#calls.get(id);
    if (call === undefined) {
      this.#options.log({ level: 'debug', event: 'rpc.strayAnswer', id });
      return;
    }
    const spec = this.#options.serverMethods[call.method];
    const checked = spec === undefined ? { ok: true as const, value: result } : checkResult(spec, result);
    if (checked.ok) {
      call.resolve(checked.value);
    } else {
      this.#options.log({ level: 'error', event: 'rpc.badResult', method: call.method, problem: checked.problem });
      call.reject(GatehouseError.unknown(0, `The result of ${call.method} is not what its table says`));
    }
  }

  #reject(id: RpcId, error: RpcErrorObject): void {
    const call = this.#calls.get(id);
    if (call !== undefined) call.reject(GatehouseError.fromRpc(error));
    // Without an id it is the server's complaint about something that it could not even read.
    else this.#options.log({ level: id === null ? 'warn' : 'debug', event: 'rpc.strayError', id, code: error.code });
  }

  #reply(epoch: number, response: RpcResponse | RpcResponse[]): void {
    if (epoch !== this.#epoch || this.#link !== 'up') return;
    try {
      this.#options.send(response);
    } catch (error) {
      this.#options.log({ level: 'error', event: 'rpc.sendFailed', error });
    }
  }

  #overflow(bound: Overflow['bound'], limit: number, method: string): GatehouseError {
    this.#options.log({ level: 'warn', event: 'rpc.overflow', bound, limit, method });
    this.#options.onOverflow({ bound, limit, method });
    return GatehouseError.of('QUEUE_FULL');
  }
}
