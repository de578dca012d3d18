import type { Msg } from '@nats-io/transport-node';
import { BUS_ROOT } from '../../../schema/bus/subjects.ts';
import { fail } from '../../fail.ts';
import { MAX_EVENT_BYTES, type RequestBus, type Subscription } from '../../ports/event-bus.ts';
import { Dialer, type NatsOptions } from './connection.ts';
import { type Box, Inbox, type Incoming } from './Inbox.ts';
import { DRAIN_MS, Link, within } from './Link.ts';
import { encode, parse, textOf } from './payload.ts';
import { SubjectMap } from './subjects.ts';
import type { Tap } from './Tap.ts';

export interface NatsBusOptions extends NatsOptions {
  /** What stands for `gatehouse` in the subjects on the server, so that deployments can share one. Default `gatehouse`. */
  readonly prefix?: string | undefined;
  /** A message was not ours: no JSON, too large, or a request that waits for no answer. */
  readonly onForeign?: ((subject: string) => void) | undefined;
  /** A message was dropped, as too many waited for its listener. */
  readonly onDropped?: ((subject: string) => void) | undefined;
  /** A listener threw, or the server refused a subject. */
  readonly onError?: ((error: unknown, subject: string) => void) | undefined;
}

/** Requests that one node works on at once; more are dropped. */
export const MAX_SERVED = 1_000;

/** The bus on NATS. @throws ConfigError when it cannot be reached or an option is wrong */
export async function natsEventBus(options: NatsBusOptions): Promise<RequestBus> {
  const { prefix = BUS_ROOT, onForeign, onDropped, onError, ...connection } = options;
  const subjects = new SubjectMap(prefix);
  // Answers come back under the prefix, too: one permission is enough, and no other deployment hears them.
  const dialer = new Dialer({ inboxPrefix: `${prefix}.inbox`, ...connection });
  const reports = { onForeign: safe(onForeign), onDropped: safe(onDropped), onError: safe(onError) };
  const link = new Link({
    nats: await dialer.first(),
    replace: (isOver) => dialer.again(isOver),
    onError: reports.onError,
  });
  return new NatsEventBus(link, subjects, reports);
}

interface Reports {
  readonly onForeign: (subject: string) => void;
  readonly onDropped: (subject: string) => void;
  readonly onError: (error: unknown, subject: string) => void;
}

class NatsEventBus implements RequestBus {
  readonly #link: Link;
  readonly #subjects: SubjectMap;
  readonly #reports: Reports;
  readonly #inbox = new Inbox();
  readonly #served = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(link: Link, subjects: SubjectMap, reports: Reports) {
    this.#link = link;
    this.#subjects = subjects;
    this.#reports = reports;
  }

  async publish(subject: string, payload: unknown): Promise<void> {
    this.#link.send(this.#subjects.subject(subject), encode(payload));
  }

  subscribe(pattern: string, listener: (payload: unknown, subject: string) => void): Promise<Subscription> {
    return this.#listen(this.#subjects.pattern(pattern), undefined, (payload, { subject }) => {
      listener(payload, subject);
    });
  }

  async request(subject: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    const answer = await this.#link.request(this.#subjects.subject(subject), encode(payload), timeoutMs);
    const text = textOf(answer);
    const json = text === undefined ? undefined : parse(text);
    if (json !== undefined) return json.value;
    this.#reports.onForeign(subject);
    throw fail(answer.data.length > MAX_EVENT_BYTES ? 'PAYLOAD_TOO_LARGE' : 'INTERNAL_ERROR');
  }

  serve(
    subject: string,
    queueGroup: string,
    handler: (payload: unknown, subject: string) => unknown,
  ): Promise<Subscription> {
    return this.#listen(this.#subjects.subject(subject), queueGroup, (payload, message) => {
      if (message.reply === undefined) this.#reports.onForeign(message.subject);
      else if (this.#served.size >= MAX_SERVED) this.#reports.onDropped(message.subject);
      else this.#answer(message.reply, message.subject, async () => handler(payload, message.subject));
    });
  }

  isReady(): boolean {
    return this.#link.isReady;
  }

  onLost(listener: () => void): () => void {
    return this.#link.on('lost', listener);
  }

  onReady(listener: () => void): () => void {
    return this.#link.on('ready', listener);
  }

  /** Answers what it has got, hands over what was published, both within a bound; nothing is delivered after it. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    if (this.#link.isReady) await this.#finish(this.#link.taps);
    this.#inbox.closeAll();
    await this.#link.close();
  }

  async #listen(
    remote: string,
    queue: string | undefined,
    deliver: (payload: unknown, message: Incoming) => void,
  ): Promise<Subscription> {
    const box = this.#inbox.open((message) => this.#deliver(message, deliver));
    const tap = this.#link.tap(remote, queue, (message) => this.#receive(box, message));
    const stop = async () => {
      this.#inbox.close(box);
      tap.close();
    };
    await this.#link.confirmed();
    if (tap.refused !== undefined) {
      await stop();
      throw fail('UNAVAILABLE');
    }
    return {
      unsubscribe: async () => {
        // Who serves gives way in peace: others get what comes from now on, it answers what it has got.
        if (queue !== undefined && this.#link.isReady) await this.#finish([tap]);
        await stop();
      },
    };
  }

  /** No more comes, and what has come is delivered and answered; within a bound. */
  async #finish(taps: Iterable<Tap>): Promise<void> {
    await within(DRAIN_MS, Promise.all([...taps].map((tap) => tap.drain())));
    await within(DRAIN_MS, this.#inbox.idle());
    await within(DRAIN_MS, Promise.all(this.#served));
  }

  #receive(box: Box, message: Msg): void {
    const subject = this.#subjects.local(message.subject);
    const text = textOf(message);
    if (text === undefined) this.#reports.onForeign(subject);
    else if (!this.#inbox.put(box, { text, subject, reply: message.reply || undefined })) {
      this.#reports.onDropped(subject);
    }
  }

  #deliver(message: Incoming, deliver: (payload: unknown, message: Incoming) => void): void {
    const json = parse(message.text);
    if (json === undefined) {
      this.#reports.onForeign(message.subject);
      return;
    }
    try {
      deliver(json.value, message);
    } catch (error) {
      this.#reports.onError(error, message.subject);
    }
  }

  #answer(reply: string, subject: string, work: () => Promise<unknown>): void {
    const served = work()
      .then((answer) => this.#link.send(reply, encode(answer)))
      .catch((error) => this.#reports.onError(error, subject))
      .finally(() => this.#served.delete(served));
    this.#served.add(served);
  }
}

/** A fault of whoever counts must not end the reading of the socket. */
function safe<A extends unknown[]>(report: ((...args: A) => void) | undefined): (...args: A) => void {
  return (...args) => {
    try {
      report?.(...args);
    } catch {
      // Nobody is left to tell.
    }
  };
}
