import { pack, unpack } from 'msgpackr';
import { errorResponse, type RpcId, type RpcResponse } from '../../schema/index.ts';

/** Requests that are remembered at most: as many as a client of ours waits for at once. */
export const MAX_ANSWERS = 256;
/** What their answers may take together. */
export const MAX_ANSWER_BYTES = 65_536;
/** How long they are remembered. */
export const ANSWER_AGE_MS = 120_000;

interface Remembered {
  /** Of method and params, to tell a request that comes again from another one with its id. */
  readonly print: number;
  at: number;
  /** Which connection it came on the last time. */
  connection: number;
  /** Undefined while it is worked on; null when it was answered and the answer is no longer kept. */
  answer: Uint8Array | null | undefined;
}

/** The answers of a session as plain data. */
export type SavedAnswers = ReadonlyArray<{
  readonly id: string | number;
  readonly print: number;
  readonly at: number;
  readonly answer: Uint8Array | null;
}>;

/**
 * The recent requests of one session and what they were answered with. A client
 * that lost its connection before an answer came asks again on the next one,
 * with the same id, and its request is not carried out twice.
 *
 * - Asked again is the same id, method and params on a later connection, once
 *   for each. On the same one it is another request.
 * - A client that uses ids twice on one connection tells its requests apart by
 *   something else: for it nothing counts as asked again.
 * - Time, in milliseconds since 1970, comes in.
 */
export class Answers {
  readonly #remembered = new Map<string | number, Remembered>();
  #bytes = 0;
  #connection = 0;
  #usesIdsTwice = false;

  get size(): number {
    return this.#remembered.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The client is on another connection: what it asked before may come again. */
  reconnected(): void {
    this.#connection += 1;
  }

  /**
   * For a request that was asked before: its answer, `running` while it is worked on (its answer goes to the latest
   * connection by itself), or the error of one whose answer is not kept. Undefined for a new one.
   */
  of(id: RpcId, method: string, params: unknown, now: number): RpcResponse | 'running' | undefined {
    const before = id === null ? undefined : this.#remembered.get(id);
    if (before === undefined) return undefined;
    if (before.connection === this.#connection) {
      this.#usesIdsTwice = true;
      return undefined;
    }
    if (this.#usesIdsTwice || now - before.at >= ANSWER_AGE_MS || before.print !== printOf(method, params)) {
      return undefined;
    }
    before.connection = this.#connection;
    if (before.answer === undefined) return 'running';
    return before.answer === null ? errorResponse(id, 'CONNECTION_LOST') : (unpack(before.answer) as RpcResponse);
  }

  /** A new request is about to be carried out. */
  begin(id: RpcId, method: string, params: unknown, now: number): void {
    if (id === null) return;
    this.#forget(id);
    const print = printOf(method, params);
    if (print === undefined) return;
    this.#remembered.set(id, { print, at: now, connection: this.#connection, answer: undefined });
    this.#prune(now);
  }

  /** It was carried out, or failed while it was. */
  settle(id: RpcId, response: RpcResponse): void {
    const remembered = id === null ? undefined : this.#remembered.get(id);
    if (remembered === undefined || remembered.answer !== undefined) return;
    remembered.answer = packed(response);
    this.#bytes += remembered.answer?.byteLength ?? 0;
    if (this.#bytes > MAX_ANSWER_BYTES) this.#dropAnswers();
  }

  /** One that is worked on is saved as answered: nobody knows what becomes of it. */
  save(): SavedAnswers {
    return [...this.#remembered].map(([id, { print, at, answer }]) => ({ id, print, at, answer: answer ?? null }));
  }

  /** All of them are of a connection before the one to come. */
  restore(saved: SavedAnswers): void {
    for (const { id, print, at, answer } of saved) {
      this.#remembered.set(id, { print, at, connection: this.#connection, answer });
      this.#bytes += answer?.byteLength ?? 0;
    }
    this.#connection += 1;
  }

  #forget(id: string | number): void {
    this.#bytes -= this.#remembered.get(id)?.answer?.byteLength ?? 0;
    this.#remembered.delete(id);
  }

  /** The oldest first. */
  #prune(now: number): void {
    for (const [id, { at, answer }] of this.#remembered) {
      if (this.#remembered.size <= MAX_ANSWERS && now - at < ANSWER_AGE_MS) break;
      // How many are worked on at once has a bound of its own.
      if (answer !== undefined) this.#forget(id);
    }
  }

  /** That a request was answered stays known: it must not be carried out again. */
  #dropAnswers(): void {
    for (const remembered of this.#remembered.values()) {
      if (this.#bytes <= MAX_ANSWER_BYTES) break;
      this.#bytes -= remembered.answer?.byteLength ?? 0;
      remembered.answer &&= null;
    }
  }
}

/** In bytes of its own: a result may go on changing, and a small buffer would keep the larger one that it was cut from. */
function packed(response: RpcResponse): Uint8Array | null {
  try {
    return new Uint8Array(pack(response));
  } catch {
    return null;
  }
}

/** FNV-1a over the bytes. Two requests of one client with one id that happen to have the same print cost nobody else anything. */
function printOf(method: string, params: unknown): number | undefined {
  let print = 0x811c_9dc5;
  try {
    for (const byte of pack([method, params])) print = Math.imul(print ^ byte, 0x0100_0193);
  } catch {
    // msgpackr calls methods of what it packs: params can be data and still not be packed. Such a request is not remembered.
    return undefined;
  }
  return print >>> 0;
}
