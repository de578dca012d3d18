import { errorNameOf, type RpcErrorObject, type RpcId, type RpcRequest } from '../../schema/index.ts';
import { fail, type GatehouseError } from '../fail.ts';
import type { Clock, Timer } from '../ports/clock.ts';

/** Requests to one client that may wait at once. */
export const MAX_PENDING_CALLS = 64;
export const DEFAULT_CALL_TIMEOUT_MS = 5_000;

interface Pending {
  readonly timer: Timer;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: GatehouseError) => void;
}

/** The server's own requests to one client: numbered, timed, each settled exactly once. */
export class Calls {
  readonly #clock: Clock;
  readonly #pending = new Map<RpcId, Pending>();
  #next = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Rejects with TIMEOUT, CONNECTION_LOST, QUEUE_FULL, or the client's own error. The result is whatever the client sent. */
  start(
    send: (request: RpcRequest) => void,
    method: string,
    params: unknown,
    timeoutMs = DEFAULT_CALL_TIMEOUT_MS,
  ): Promise<unknown> {
    if (this.#pending.size >= MAX_PENDING_CALLS) return Promise.reject(fail('QUEUE_FULL'));
    const id = `s${this.#next++}`;
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(timeoutMs, () => this.#settle(id)?.reject(fail('TIMEOUT')));
      this.#pending.set(id, { timer, resolve, reject });
      send({ jsonrpc: '2.0', id, method, params });
    });
  }

  /** True when somebody waited for this answer. */
  answered(id: RpcId, result: unknown): boolean {
    const pending = this.#settle(id);
    pending?.resolve(result);
    return pending !== undefined;
  }

  refused(id: RpcId, error: RpcErrorObject): boolean {
    const pending = this.#settle(id);
    // A client's code is not ours to repeat: only what the catalogue knows keeps its name.
    pending?.reject(fail(errorNameOf(error.code) ?? 'INTERNAL_ERROR'));
    return pending !== undefined;
  }

  /** Rejects all that wait with CONNECTION_LOST. */
  lost(): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(fail('CONNECTION_LOST'));
  }

  #settle(id: RpcId): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    pending.timer.stop();
    return pending;
  }
}
