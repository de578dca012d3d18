import {
  InvalidArgumentError,
  type Msg,
  type NatsConnection,
  RequestError,
  TimeoutError,
} from '@nats-io/transport-node';
import { fail, type GatehouseError } from '../../fail.ts';
import { Outgoing } from './Outgoing.ts';
import { Tap } from './Tap.ts';

/** How long an orderly end waits for the server. */
export const DRAIN_MS = 2_000;

export interface LinkParts {
  readonly nats: NatsConnection;
  /** A new connection in place of one that is closed for good; undefined once `isOver`. */
  readonly replace: (isOver: () => boolean) => Promise<NatsConnection | undefined>;
  readonly onError: (error: unknown, subject: string) => void;
}

/**
 * A connection to NATS that comes and goes. The library reconnects and restores
 * subscriptions by itself; here is what it leaves open: whether it is there now,
 * that nothing is buffered without bound while it is not, and that a connection
 * which the library cannot get rid of is replaced.
 */
export class Link {
  readonly #parts: LinkParts;
  readonly #taps = new Set<Tap>();
  readonly #listeners = { lost: new Set<() => void>(), ready: new Set<() => void>() };
  #nats: NatsConnection;
  #outgoing: Outgoing;
  #ready = true;
  #closing = false;
  #losses = 0;
  #confirmation: Promise<void> | undefined;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#nats = parts.nats;
    this.#outgoing = new Outgoing(() => parts.nats.flush());
    void this.#watch(parts.nats);
  }

  get isReady(): boolean {
    return this.#ready;
  }

  on(event: 'lost' | 'ready', listener: () => void): () => void {
    this.#listeners[event].add(listener);
    return () => this.#listeners[event].delete(listener);
  }

  /** @throws UNAVAILABLE; PAYLOAD_TOO_LARGE when this server takes less than others */
  send(subject: string, bytes: Uint8Array): void {
    this.#admit(bytes);
    try {
      this.#nats.publish(subject, bytes);
    } catch (error) {
      throw problemOf(error);
    }
  }

  /** Rejects with UNAVAILABLE, TIMEOUT or PAYLOAD_TOO_LARGE. */
  async request(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Msg> {
    this.#admit(bytes);
    try {
      return await this.#nats.request(subject, bytes, { timeout: Math.max(1, Math.ceil(timeoutMs)) });
    } catch (error) {
      throw problemOf(error);
    }
  }

  /** `receive` must not throw: the library would stop to read from its socket. @throws UNAVAILABLE when closed */
  tap(subject: string, queue: string | undefined, receive: (message: Msg) => void): Tap {
    if (this.#closing) throw fail('UNAVAILABLE');
    const tap = new Tap({ subject, queue, receive, onError: this.#parts.onError, onEnd: () => this.#taps.delete(tap) });
    this.#taps.add(tap);
    tap.attach(this.#nats);
    return tap;
  }

  get taps(): Iterable<Tap> {
    return this.#taps;
  }

  /** Resolves when the server has done what was asked of it before, or is out of reach. One round trip for all of a turn. */
  async confirmed(): Promise<void> {
    if (!this.#ready) return;
    this.#confirmation ??= Promise.resolve().then(() => {
      this.#confirmation = undefined;
      // Lost meanwhile: what was asked is asked again when it is back.
      return Promise.race([this.#nats.flush(), this.#nats.closed()]).then(ignored, ignored);
    });
    await this.#confirmation;
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#ready) await within(DRAIN_MS, this.#nats.drain());
    await this.#nats.close();
    this.#lose();
  }

  #admit(bytes: Uint8Array): void {
    // The library would buffer it, and forget it at its next attempt to connect.
    if (!this.#ready || this.#closing || !this.#outgoing.add(bytes.length)) throw fail('UNAVAILABLE');
  }

  /** For as long as the connection is not closed for good. */
  async #watch(nats: NatsConnection): Promise<void> {
    for await (const status of nats.status()) {
      if (status.type === 'reconnect') void this.#back(nats);
      else if (status.type === 'error') this.#parts.onError(status.error, '');
      else if (status.type === 'disconnect') this.#lose();
      else if (status.type === 'staleConnection') {
        // The library ends the socket once all is written, which a server that does not read puts off for ever.
        this.#lose();
        void nats.close();
      }
    }
    this.#lose();
    const next = await this.#parts.replace(() => this.#closing);
    if (next !== undefined) this.#use(next);
  }

  #use(nats: NatsConnection): void {
    this.#nats = nats;
    this.#outgoing = new Outgoing(() => nats.flush());
    for (const tap of this.#taps) tap.attach(nats);
    void this.#watch(nats);
    void this.#back(nats);
  }

  /** Ready once the server has every subscription again: whoever then reads what was missed, misses nothing after. */
  async #back(nats: NatsConnection): Promise<void> {
    const losses = this.#losses;
    await nats.flush().catch(ignored);
    if (losses === this.#losses && !nats.isClosed()) this.#become(true);
  }

  #lose(): void {
    this.#losses += 1;
    this.#become(false);
  }

  #become(ready: boolean): void {
    if (this.#ready === ready) return;
    this.#ready = ready;
    // An end of our own is no loss.
    if (this.#closing) return;
    for (const listener of this.#listeners[ready ? 'ready' : 'lost']) {
      try {
        listener();
      } catch (error) {
        this.#parts.onError(error, '');
      }
    }
  }
}

const ignored = () => {};

function problemOf(error: unknown): GatehouseError {
  const cause = error instanceof RequestError ? (error.cause ?? error) : error;
  if (cause instanceof TimeoutError) return fail('TIMEOUT');
  // Subjects were looked at before: it is the size.
  return fail(cause instanceof InvalidArgumentError ? 'PAYLOAD_TOO_LARGE' : 'UNAVAILABLE');
}

/** Resolves when the work is done, has failed, or the time is over. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(ignored), late]);
  clearTimeout(timer);
}
