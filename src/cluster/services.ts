import {
  type AnswerEnvelope,
  BUS_VERSION,
  type CallEnvelope,
  readAnswer,
  subjectOfMethod,
} from '../../schema/bus/index.ts';
import { DEFAULT_METHOD_TIMEOUT_MS, errorNameOf, type MethodSpec, type MethodTable } from '../../schema/index.ts';
import { fail, GatehouseError } from '../fail.ts';
import type { Counters } from '../ops/Counters.ts';
import type { RequestBus } from '../ports/event-bus.ts';
import type { Random } from '../ports/random.ts';
import type { CallContext, Handlers } from '../rpc/methods.ts';

/** Calls of this node that wait for services at once; more are UNAVAILABLE. */
export const MAX_SERVICE_CALLS = 2_000;
/** A call ends so much before the time of its method, in milliseconds: the dispatcher's clock runs on, and would call it a fault. */
const MARGIN_MS = 50;

export interface ServiceMethodsParts {
  readonly bus: RequestBus;
  readonly random: Random;
  readonly counters: Counters;
  /** A service answered what it must not. At most one a call; the caller gets INTERNAL_ERROR. */
  readonly onFault: (method: string, problem: string) => void;
}

type Params = Record<string, unknown>;
type ServiceHandler = (params: Params, context: CallContext) => Promise<unknown>;

/**
 * Methods that services serve: `gatehouse.rpc.<method>`. The dispatcher has
 * checked role, rate and params; here the call goes out with who calls and how
 * long they wait, and what comes back is checked against the table.
 *
 * Counted: `service_calls` by outcome, `ok` or the name of the error.
 */
export class ServiceMethods {
  readonly #parts: ServiceMethodsParts;
  #waiting = 0;

  constructor(parts: ServiceMethodsParts) {
    this.#parts = parts;
  }

  /** Handlers for a room, or for the platform, whose methods are all served by services. */
  handlers<T extends MethodTable>(table: T): Handlers<T> {
    const handlers: Record<string, ServiceHandler> = {};
    for (const [method, spec] of Object.entries(table)) {
      handlers[method] = (params, context) => this.#call(method, spec, params, context);
    }
    // What a service gives is checked against the table when it comes.
    return handlers as Handlers<T>;
  }

  async #call(method: string, spec: MethodSpec, params: Params, context: CallContext): Promise<unknown> {
    const { counters } = this.#parts;
    try {
      const result = await this.#ask(method, spec, params, context);
      counters.count('service_calls', 'ok');
      return result;
    } catch (error) {
      counters.count('service_calls', error instanceof GatehouseError ? error.error : 'INTERNAL_ERROR');
      throw error;
    }
  }

  async #ask(method: string, spec: MethodSpec, params: Params, { session }: CallContext): Promise<unknown> {
    if (this.#waiting >= MAX_SERVICE_CALLS) throw fail('UNAVAILABLE');
    const limit = spec.timeoutMs ?? DEFAULT_METHOD_TIMEOUT_MS;
    const deadline = Math.max(1, Math.round(Math.max(limit / 2, limit - MARGIN_MS)));
    const { userId: id, identity, roomId, roomName } = session;
    const call: CallEnvelope = {
      v: BUS_VERSION,
      id: this.#parts.random.id(),
      method,
      params,
      user: { id, name: identity.name, role: identity.role },
      session: { id: session.id, roomId, roomName },
      deadline,
    };
    this.#waiting += 1;
    try {
      const answer = await this.#parts.bus.request(subjectOfMethod(method), call, deadline);
      return this.#resultOf(method, spec, readAnswer(answer));
    } finally {
      this.#waiting -= 1;
    }
  }

  #resultOf(method: string, spec: MethodSpec, answer: AnswerEnvelope | undefined): unknown {
    if (answer === undefined)
      throw this.#fault(method, 'not an answer: {v: 1, result} or {v: 1, error: {code, message}}');
    if ('error' in answer) {
      const { code, data } = answer.error;
      const name = errorNameOf(code);
      if (name === undefined) throw this.#fault(method, `error code ${code} is not of the catalogue`);
      throw fail(name, data);
    }
    const result = spec.result.safeParse(answer.result);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    throw this.#fault(method, `result: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.slice(0, 200));
  }

  #fault(method: string, problem: string): GatehouseError {
    this.#parts.onFault(method, problem);
    return fail('INTERNAL_ERROR');
  }
}
