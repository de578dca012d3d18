import type { MethodSpec, MethodTable, ParsedParamsOf, ResultOf } from '../../schema/index.ts';
import type { Session } from '../room/Session.ts';

/** What a handler knows beside its params. */
export interface CallContext {
  readonly session: Session;
  /** Aborts when the time of the method is over or the session is gone. */
  readonly signal: AbortSignal;
  /** True when nobody will hear the result. */
  readonly isNotification: boolean;
}

/** One handler per method of a table, typed by it. */
export type Handlers<T extends MethodTable> = {
  [M in keyof T]: (params: ParsedParamsOf<T, M>, context: CallContext) => ResultOf<T, M> | Promise<ResultOf<T, M>>;
};

type AnyHandler = (params: never, context: CallContext) => unknown;

export interface Method {
  readonly name: string;
  readonly spec: MethodSpec;
  readonly handler: (params: unknown, context: CallContext) => unknown;
  /** Names of the params in the order of the schema, for calls by position. */
  readonly positions: readonly string[];
}

/** Joins a table with its handlers. @throws TypeError when one lacks the other: a mistake of the room's author. */
export function bindMethods<T extends MethodTable>(table: T, handlers: Handlers<T>): Method[] {
  for (const name of Object.keys(handlers)) {
    if (!Object.hasOwn(table, name)) throw new TypeError(`handler of ${name}, which no table names`);
  }
  return Object.entries(table).map(([name, spec]) => {
    const handler = (handlers as Record<string, AnyHandler | undefined>)[name];
    if (handler === undefined) throw new TypeError(`${name} has no handler`);
    return { name, spec, handler: handler as Method['handler'], positions: Object.keys(spec.params.shape) };
  });
}
