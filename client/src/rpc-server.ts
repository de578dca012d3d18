import { errorResponse, type MethodTable, type ParsedParamsOf, type RpcId, type RpcResponse } from '@gatehouse/schema';
import { GatehouseError } from './errors.ts';
import type { Log } from './log.ts';
import { type Checked, checkParams } from './rpc-check.ts';
import type { RpcHandler } from './rpc-types.ts';

type Handler = (params: unknown) => unknown;

/** The serving half of a peer: handlers by method, params checked, errors of the catalogue out. */
export class RpcServer<C extends MethodTable> {
  readonly #table: C;
  readonly #log: Log;
  readonly #handlers = new Map<string, Handler[]>();

  constructor(table: C, log: Log) {
    this.#table = table;
    this.#log = log;
  }

  serve<M extends keyof C & string>(method: M, handler: RpcHandler<C, M>): () => void {
    // A closure of its own, so that a handler registered twice is removed one at a time.
    const entry: Handler = (params) => handler(params as ParsedParamsOf<C, M>);
    this.#handlers.set(method, [...(this.#handlers.get(method) ?? []), entry]);
    return () => {
      const left = (this.#handlers.get(method) ?? []).filter((other) => other !== entry);
      this.#handlers.set(method, left);
    };
  }

  /** Answers one request, with the latest handler. Always resolves. */
  async answer(method: string, params: unknown, id: RpcId): Promise<RpcResponse> {
    const handler = this.#handlers.get(method)?.at(-1);
    const checked = this.#check(method, params);
    if (handler === undefined || checked === undefined) return errorResponse(id, 'METHOD_NOT_FOUND');
    if (!checked.ok) {
      this.#log({ level: 'warn', event: 'rpc.badParams', method, problem: checked.problem });
      return errorResponse(id, 'INVALID_PARAMS');
    }
    try {
      const result = await handler(checked.value);
      // `undefined` would leave the envelope without its result on some codecs.
      return { jsonrpc: '2.0', result: result ?? null, id };
    } catch (error) {
      if (error instanceof GatehouseError && error.name !== 'UNKNOWN') return errorResponse(id, error.name, error.data);
      this.#log({ level: 'error', event: 'rpc.handlerFailed', method, error });
      return errorResponse(id, 'INTERNAL_ERROR');
    }
  }

  /** Gives one notification to all its handlers. Never throws. */
  tell(method: string, params: unknown): void {
    const checked = this.#check(method, params);
    if (checked === undefined) {
      this.#log({ level: 'info', event: 'rpc.unknownNotification', method });
      return;
    }
    if (!checked.ok) {
      this.#log({ level: 'warn', event: 'rpc.badParams', method, problem: checked.problem });
      return;
    }
    for (const handler of this.#handlers.get(method) ?? []) {
      // Async on purpose: a handler that throws and one that rejects end in the same catch.
      (async () => handler(checked.value))().catch((error: unknown) => {
        this.#log({ level: 'error', event: 'rpc.handlerFailed', method, error });
      });
    }
  }

  #check(method: string, params: unknown): Checked | undefined {
    // The name comes from the wire: `constructor` is no method.
    const spec = Object.hasOwn(this.#table, method) ? this.#table[method] : undefined;
    return spec === undefined ? undefined : checkParams(spec, params);
  }
}
