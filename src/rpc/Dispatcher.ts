import { pack } from 'msgpackr';
import {
  classify,
  DEFAULT_METHOD_RATE,
  DEFAULT_METHOD_TIMEOUT_MS,
  type ErrorName,
  errorResponse,
  type RpcId,
  type RpcResponse,
} from '../../schema/index.ts';
import { GatehouseError, issuesOf } from '../fail.ts';
import { TokenBucket } from '../gate/token-bucket.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Distribution } from '../ops/metrics/Distribution.ts';
import { currentTrace, isTracing, tracedCall } from '../ops/tracing.ts';
import type { Clock } from '../ports/clock.ts';
import type { Session } from '../room/Session.ts';
import type { CallContext, Method } from './methods.ts';

/** Requests of one session that may be worked on at once. */
export const MAX_IN_FLIGHT = 64;

/** One response, several (a batch), or nothing to send. Text when the request was text. */
export type Reply = RpcResponse | RpcResponse[] | string | undefined;

export interface DispatcherParts {
  readonly methods: readonly Method[];
  readonly maxBatch: number;
  /** Results are checked against the table: on in development. */
  readonly checkResults: boolean;
  readonly clock: Clock;
  readonly counters: Counters;
  /** A handler threw something that is not of the catalogue. */
  readonly onFault: (method: string, error: unknown) => void;
  /** Runs a request that must not be lost with the owner of the room. */
  readonly journal?: (request: JournalRequest, run: () => Outcome) => Outcome;
}

/** What it takes to carry a request out again. */
export interface JournalRequest {
  readonly session: Session;
  readonly id: RpcId | undefined;
  readonly method: string;
  readonly params: unknown;
}

/** Of one request or notification. */
export type Outcome = RpcResponse | undefined | Promise<RpcResponse | undefined>;

/** JSON-RPC 2.0 for one room: decoded envelopes in, decoded envelopes out, no I/O. */
export class Dispatcher {
  readonly #methods: Map<string, Served>;
  readonly #parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#methods = new Map(
      parts.methods.map((method) => [
        method.name,
        { ...method, seconds: parts.counters.distribution('rpc', method.name) },
      ]),
    );
  }

  /** Never throws and never rejects. A plain value means that no handler had to wait. */
  receive(payload: unknown, session: Session): Reply | Promise<Reply> {
    if (typeof payload === 'string') return this.#text(payload, session);
    if (!Array.isArray(payload)) return this.#one(payload, session);
    if (payload.length === 0) return this.#refuse(null, 'INVALID_REQUEST');
    if (payload.length > this.#parts.maxBatch) {
      return this.#refuse(null, 'BATCH_TOO_LARGE', { limit: this.#parts.maxBatch });
    }
    const replies = payload.map((entry) => this.#one(entry, session));
    return replies.some(isPromise)
      ? Promise.all(replies).then(gather)
      : gather(replies as Array<RpcResponse | undefined>);
  }

  /** JSON as text, for clients without an encoder of their own. */
  #text(text: string, session: Session): Reply | Promise<Reply> {
    let payload: unknown;
    try {
      payload = JSON.parse(text);
    } catch {
      return JSON.stringify(this.#refuse(null, 'PARSE_ERROR'));
    }
    if (typeof payload === 'string') return JSON.stringify(this.#refuse(null, 'INVALID_REQUEST'));
    const reply = this.receive(payload, session);
    return isPromise(reply) ? reply.then(asText) : asText(reply);
  }

  #one(value: unknown, session: Session): Outcome {
    const message = classify(value);
    switch (message.kind) {
      case 'result':
        if (!session.calls.answered(message.id, message.result)) this.#parts.counters.count('rpc_stray_answers');
        return undefined;
      case 'error':
        if (!session.calls.refused(message.id, message.error)) this.#parts.counters.count('rpc_stray_answers');
        return undefined;
      case 'invalid':
        return this.#refuse(message.id, 'INVALID_REQUEST');
      default:
        return this.#call(message.method, message.params, session, message.kind === 'request' ? message.id : undefined);
    }
  }

  /** `id` undefined: a notification. */
  #call(name: string, rawParams: unknown, session: Session, id: RpcId | undefined): Outcome {
    const method = this.#methods.get(name);
    if (method === undefined) return this.#fail(id, NO_METHOD, 'METHOD_NOT_FOUND');
    const { spec } = method;
    const isKept = id !== undefined && spec.pure !== true;
    const before = isKept ? session.answers.of(id, name, rawParams, this.#parts.clock.now()) : undefined;
    if (before !== undefined) {
      this.#parts.counters.count('rpc_asked_again');
      return before === 'running' ? undefined : before;
    }
    if (spec.role !== undefined && spec.role !== session.identity.role) return this.#fail(id, name, 'FORBIDDEN');
    const wait = this.#rateOf(method, session);
    if (wait > 0) return this.#fail(id, name, 'RATE_LIMITED', { retryAfterMs: wait });
    if (session.inFlight >= MAX_IN_FLIGHT) return this.#fail(id, name, 'RATE_LIMITED', { retryAfterMs: 1_000 });

    const params = spec.params.safeParse(named(rawParams, method.positions));
    if (!params.success) return this.#fail(id, name, 'INVALID_PARAMS', { issues: issuesOf(params.error.issues) });

    const run = () => this.#run(method, params.data, session, id);
    const { journal } = this.#parts;
    const isJournalled = spec.journal === true && journal !== undefined;
    // What cannot be kept would leave a gap, and what others do behind it would not be kept either.
    if (isJournalled && !isPackable(rawParams)) return this.#fail(id, name, 'INVALID_PARAMS');
    if (isKept) session.answers.begin(id, name, rawParams, this.#parts.clock.now());
    const response = isJournalled ? journal({ session, id, method: name, params: rawParams }, run) : run();
    if (!isKept) return response;
    if (isPromise(response)) return response.then((late) => remember(session, late));
    return remember(session, response);
  }

  /** Carries out what an earlier owner of the room did, with its answer for who asks again. False when it cannot. */
  repeat({ session, id, method: name, params: rawParams }: JournalRequest): boolean {
    const method = this.#methods.get(name);
    const params = method?.spec.params.safeParse(named(rawParams, method.positions));
    if (method?.spec.journal !== true || params?.success !== true) return false;
    if (id !== undefined) session.answers.begin(id, name, rawParams, this.#parts.clock.now());
    const response = this.#run(method, params.data, session, id);
    if (isPromise(response)) return false;
    remember(session, response);
    return response === undefined || 'result' in response;
  }

  #run(method: Served, params: object, session: Session, id: RpcId | undefined): Outcome {
    const call = new Call(session, id === undefined);
    const began = this.#parts.clock.monotonic();
    let trace: string | undefined;
    let result: unknown;
    try {
      result = isTracing()
        ? this.#traced(method, call, () => {
            trace = currentTrace();
            return method.handler(params, call);
          })
        : method.handler(params, call);
    } catch (error) {
      this.#took(method, began, trace);
      return this.#thrown(id, method.name, error);
    }
    if (isPromise(result)) {
      return this.#wait(result, method, session, call, id).finally(() => this.#took(method, began, trace));
    }
    this.#took(method, began, trace);
    return this.#done(id, method, result);
  }

  #traced({ name }: Served, call: Call, work: () => unknown): unknown {
    const { id: session, roomId: room, roomName } = call.session;
    return tracedCall(name, { session, room, roomName }, work);
  }

  #took({ seconds }: Served, began: number, trace: string | undefined): void {
    seconds.observe((this.#parts.clock.monotonic() - began) / 1_000, trace);
  }

  async #wait(
    result: Promise<unknown>,
    method: Served,
    session: Session,
    call: Call,
    id: RpcId | undefined,
  ): Promise<RpcResponse | undefined> {
    session.inFlight += 1;
    const limit = method.spec.timeoutMs ?? DEFAULT_METHOD_TIMEOUT_MS;
    let timer: { stop(): void } | undefined;
    const late = new Promise<typeof LATE>((resolve) => {
      timer = this.#parts.clock.after(limit, () => resolve(LATE));
    });
    try {
      const first = await Promise.race([result, late]);
      if (first !== LATE) return this.#done(id, method, first);
      call.abort();
      result.catch((error) => this.#parts.onFault(method.name, error));
      return this.#fail(id, method.name, 'TIMEOUT');
    } catch (error) {
      return this.#thrown(id, method.name, error);
    } finally {
      timer?.stop();
      session.inFlight -= 1;
    }
  }

  #done(id: RpcId | undefined, method: Method, value: unknown): RpcResponse | undefined {
    const result = value === undefined ? null : value;
    if (this.#parts.checkResults) {
      const checked = method.spec.result.safeParse(result);
      if (!checked.success) return this.#thrown(id, method.name, new TypeError(`result: ${checked.error.message}`));
    }
    return id === undefined ? undefined : { jsonrpc: '2.0', result, id };
  }

  #thrown(id: RpcId | undefined, method: string, error: unknown): RpcResponse | undefined {
    if (error instanceof GatehouseError) return this.#fail(id, method, error.error, error.data);
    this.#parts.onFault(method, error);
    return this.#fail(id, method, 'INTERNAL_ERROR');
  }

  /** `method`: one of ours, never what a client calls one. */
  #fail(id: RpcId | undefined, method: string, name: ErrorName, data?: unknown): RpcResponse | undefined {
    this.#parts.counters.count('rpc_errors', name, method);
    return id === undefined ? undefined : errorResponse(id, name, data);
  }

  #refuse(id: RpcId, name: ErrorName, data?: unknown): RpcResponse {
    this.#parts.counters.count('rpc_errors', name, NO_METHOD);
    return errorResponse(id, name, data);
  }

  /** 0 when the call may go on, otherwise the milliseconds until one may. */
  #rateOf(method: Served, session: Session): number {
    const now = this.#parts.clock.monotonic();
    let bucket = session.methodRates.get(method.name);
    if (bucket === undefined) {
      bucket = new TokenBucket(method.spec.rate ?? DEFAULT_METHOD_RATE, now);
      session.methodRates.set(method.name, bucket);
    }
    if (!bucket.take(now)) return Math.max(1, bucket.waitMs(now));
    // A few dear calls are held as a flood of cheap ones is.
    const cost = method.spec.cost ?? 1;
    return session.work.take(now, cost) ? 0 : Math.max(1, session.work.waitMs(now, cost));
  }
}

const LATE = Symbol('late');
/** In place of a method that is none, where errors are counted. */
const NO_METHOD = 'none';

interface Served extends Method {
  /** How long it took. */
  readonly seconds: Distribution;
}

/** The context of one call. Its signal is made only when a handler asks for it: most do not. */
class Call implements CallContext {
  readonly session: Session;
  readonly isNotification: boolean;
  #timeout: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #aborted = false;

  constructor(session: Session, isNotification: boolean) {
    this.session = session;
    this.isNotification = isNotification;
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      this.#timeout = new AbortController();
      if (this.#aborted) this.#timeout.abort();
      this.#signal = AbortSignal.any([this.#timeout.signal, this.session.ended.signal]);
    }
    return this.#signal;
  }

  abort(): void {
    this.#aborted = true;
    this.#timeout?.abort();
  }
}

/** Of a request that was carried out, for a client that has lost the answer and asks again. */
function remember(session: Session, response: RpcResponse | undefined): RpcResponse | undefined {
  if (response !== undefined) session.answers.settle(response.id, response);
  return response;
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as Promise<unknown>).then === 'function';
}

/** Params by position become params by name. Too many stay an array, which no schema takes. */
function named(params: unknown, positions: readonly string[]): unknown {
  if (params === undefined) return {};
  if (!Array.isArray(params) || params.length > positions.length) return params;
  return Object.fromEntries(params.map((value, i) => [positions[i], value]));
}

function asText(reply: Reply): string | undefined {
  return reply === undefined ? undefined : JSON.stringify(reply);
}

/** msgpackr calls methods of what it packs: params can be data that their schema takes, and still not be packed. */
function isPackable(params: unknown): boolean {
  try {
    pack(params);
    return true;
  } catch {
    return false;
  }
}

/** A batch of nothing but notifications is not answered at all. */
function gather(replies: ReadonlyArray<RpcResponse | undefined>): RpcResponse[] | undefined {
  const sent = replies.filter((reply) => reply !== undefined);
  return sent.length > 0 ? sent : undefined;
}
