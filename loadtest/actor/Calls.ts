import { errorNameOf, type RpcId } from '../../schema/index.ts';
import type { Tally } from '../measure/Tally.ts';

export type Answer = { readonly result: unknown } | { readonly error: string };

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: object;
  /** When it was meant to be sent. */
  readonly at: number;
  sentAt: number | undefined;
  readonly answer: (answer: Answer) => void;
}

/** Calls of one player without an answer. A server that is that far behind gets no more. */
const MOST_OPEN = 64;
/** As of the client kit. */
const TIMEOUT_MS = 10_000;

/** One player's JSON-RPC calls: each timed from when it was meant to be sent, and again from when it was. */
export class Calls {
  readonly #tally: Tally;
  readonly #send: (payload: object) => void;
  readonly #open = new Map<number, Call>();
  #nextId = 1;
  #connected = false;

  constructor(tally: Tally, send: (payload: object) => void) {
    this.#tally = tally;
    this.#send = send;
  }

  get open(): number {
    return this.#open.size;
  }

  /** Never rejects. Without a connection it waits for one. */
  ask(method: string, params: object, at: number): Promise<Answer> {
    this.#tally.count('calls');
    if (this.#open.size >= MOST_OPEN) return Promise.resolve(this.#failed(method, 'too many without an answer'));
    return new Promise((answer) => {
      const call: Call = { id: this.#nextId++, method, params, at, sentAt: undefined, answer };
      this.#open.set(call.id, call);
      if (this.#connected) this.#dispatch(call);
    });
  }

  /** Connected, for the first time or again: what has no answer is asked again, with its id, so that it is done once. */
  connected(): void {
    this.#connected = true;
    for (const call of this.#open.values()) this.#dispatch(call);
  }

  disconnected(): void {
    this.#connected = false;
  }

  /** True when it was an answer. */
  heard(message: { id?: RpcId; result?: unknown; error?: { code?: unknown } }): boolean {
    const call = typeof message.id === 'number' ? this.#open.get(message.id) : undefined;
    if (call === undefined) return false;
    const { error } = message;
    if (error === undefined) this.#close(call, { result: message.result });
    else this.#close(call, this.#failed(call.method, errorNameOf(Number(error.code)) ?? `error ${String(error.code)}`));
    return true;
  }

  /** Gives up those that have waited for too long. */
  expire(now: number): void {
    for (const call of this.#open.values()) {
      if (now - call.at < TIMEOUT_MS) break;
      this.#close(call, this.#failed(call.method, `no answer within ${TIMEOUT_MS / 1_000} s`));
    }
  }

  /** It is over: nothing more will be answered. What waited counts for as long as it did. */
  end(why: string): void {
    this.#connected = false;
    for (const call of this.#open.values()) this.#close(call, this.#failed(call.method, why));
  }

  #dispatch(call: Call): void {
    call.sentAt ??= performance.now();
    const { id, method, params } = call;
    this.#send({ jsonrpc: '2.0', id, method, params });
  }

  #close(call: Call, answer: Answer): void {
    this.#open.delete(call.id);
    const now = performance.now();
    this.#tally.time('rpc', now - call.at);
    if (call.sentAt !== undefined) this.#tally.time('service', now - call.sentAt);
    call.answer(answer);
  }

  #failed(method: string, why: string): Answer {
    this.#tally.count('callsFailed');
    this.#tally.problem(`${method}: ${why}`);
    return { error: why };
  }
}
