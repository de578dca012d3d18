import { type Msg, type NatsConnection, RequestError, TimeoutError } from '@nats-io/transport-node';
import { fail, type GatehouseError } from '../../fail.ts';
import { Outgoing } from './Outgoing.ts';

/** How long `close` waits for the server to read what was sent. */
export const DRAIN_MS = 2_000;

/** A subscription of the library. */
export interface Tap {
  /** Why the server refused it. */
  refused: Error | undefined;
  /** Asks for no more; resolves when the last message that was underway has come. */
  drain(): Promise<void>;
  close(): void;
}

/**
 * A connection to NATS that comes and goes. The library reconnects and restores
 * subscriptions by itself; here is what it leaves open: whether it is there now,
 * and that nothing is buffered without bound while it is not.
 */
export class Link {
  readonly #nats: NatsConnection;
  readonly #outgoing: Outgoing;
  readonly #onError: (error: unknown, subject: string) => void;
  readonly #listeners = { lost: new Set<() => void>(), ready: new Set<() => void>() };
  #ready = true;
  #confirmation: Promise<void> | undefined;

  constructor(nats: NatsConnection, onError: (error: unknown, subject: string) => void) {
    this.#nats = nats;
    this.#onError = onError;
    this.#outgoing = new Outgoing(() => nats.flush());
    void this.#watch();
  }

  get isReady(): boolean {
    return this.#ready;
  }

  on(event: 'lost' | 'ready', listener: () => void): () => void {
    this.#listeners[event].add(listener);
    return () => this.#listeners[event].delete(listener);
  }

  /** @throws UNAVAILABLE */
  send(subject: string, bytes: Uint8Array): void {
    this.#admit(bytes);
    this.#nats.publish(subject, bytes);
  }

  /** Rejects with UNAVAILABLE or TIMEOUT. */
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
    if (this.#nats.isClosed() || this.#nats.isDraining()) throw fail('UNAVAILABLE');
    const subscription = this.#nats.subscribe(subject, {
      queue,
      callback: (error, message) => {
        if (error === null) {
          receive(message);
          return;
        }
        tap.refused = error;
        this.#onError(error, subject);
      },
    });
    const tap: Tap = {
      refused: undefined,
      drain: () => (subscription.isClosed() ? Promise.resolve() : subscription.drain()),
      close: () => subscription.unsubscribe(),
    };
    return tap;
  }

  /** Resolves when the server has done what was asked of it before, or is out of reach. One round trip for all of a turn. */
  async confirmed(): Promise<void> {
    if (!this.#ready) return;
    this.#confirmation ??= Promise.resolve().then(() => {
      this.#confirmation = undefined;
      return Promise.race([this.#nats.flush(), this.#nats.closed()]).then(
        () => {},
        // Lost meanwhile: the library asks again when it is back.
        () => {},
      );
    });
    await this.#confirmation;
  }

  async close(): Promise<void> {
    if (this.#ready) await within(DRAIN_MS, this.#nats.drain());
    await this.#nats.close();
    this.#become(false);
  }

  #admit(bytes: Uint8Array): void {
    // The library would buffer it, and forget it at its next attempt to connect.
    if (!this.#ready || this.#nats.isClosed() || !this.#outgoing.add(bytes.length)) throw fail('UNAVAILABLE');
  }

  async #watch(): Promise<void> {
    for await (const status of this.#nats.status()) {
      if (status.type === 'disconnect' || status.type === 'close') this.#become(false);
      else if (status.type === 'reconnect') this.#become(true);
      else if (status.type === 'error') this.#onError(status.error, '');
    }
  }

  #become(ready: boolean): void {
    if (this.#ready === ready) return;
    this.#ready = ready;
    for (const listener of this.#listeners[ready ? 'ready' : 'lost']) {
      try {
        listener();
      } catch (error) {
        this.#onError(error, '');
      }
    }
  }
}

function problemOf(error: unknown): GatehouseError {
  const late = error instanceof TimeoutError || (error instanceof RequestError && error.cause instanceof TimeoutError);
  return fail(late ? 'TIMEOUT' : 'UNAVAILABLE');
}

/** Resolves when the work is done, has failed, or the time is over. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}
