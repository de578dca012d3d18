/** How method tables become signatures. */
import type { MethodTable, ParamsOf, ParsedParamsOf, ResultOf } from '@gatehouse/schema';

export interface CallOptions {
  /** Milliseconds from the call to its answer, the wait in the queue included. Default 10,000. */
  readonly timeoutMs?: number;
  /** Ends the call: it rejects with the signal's reason. What was sent already is still carried out. */
  readonly signal?: AbortSignal;
}

export interface NotifyOptions {
  /** Milliseconds that the notification may wait in the queue; after that it is dropped. Default 10,000. */
  readonly timeoutMs?: number;
}

/** Params may be left out where `{}` would do. */
type Args<P, O> = Record<never, never> extends P ? [params?: P, options?: O] : [params: P, options?: O];

export type CallArgs<T extends MethodTable, M extends keyof T> = Args<ParamsOf<T, M>, CallOptions>;
export type NotifyArgs<T extends MethodTable, M extends keyof T> = Args<ParamsOf<T, M>, NotifyOptions>;

/** A method without a result may return anything; it is not looked at. */
type Served<R> = [R] extends [null] ? unknown : R | Promise<R>;

/** Serves one method: gets parsed params, gives the result. */
export type RpcHandler<T extends MethodTable, M extends keyof T> = (
  params: ParsedParamsOf<T, M>,
) => Served<ResultOf<T, M>>;
