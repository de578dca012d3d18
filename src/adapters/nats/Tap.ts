import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';

interface TapParts {
  readonly subject: string;
  readonly queue: string | undefined;
  readonly receive: (message: Msg) => void;
  readonly onError: (error: unknown, subject: string) => void;
  readonly onEnd: () => void;
}

/** A subscription that outlives the connection that it was made on. */
export class Tap {
  readonly #parts: TapParts;
  #subscription: Subscription | undefined;
  /** Why the server refused it. */
  refused: Error | undefined;

  constructor(parts: TapParts) {
    this.#parts = parts;
  }

  attach(nats: NatsConnection): void {
    const { subject, queue, receive, onError } = this.#parts;
    this.refused = undefined;
    this.#subscription = nats.subscribe(subject, {
      queue,
      callback: (error, message) => {
        if (error === null) {
          receive(message);
          return;
        }
        this.refused = error;
        onError(error, subject);
      },
    });
  }

  /** Asks for no more; resolves when the last message that was underway has come. */
  async drain(): Promise<void> {
    if (this.#subscription?.isClosed() === false) await this.#subscription.drain();
  }

  close(): void {
    this.#subscription?.unsubscribe();
    this.#parts.onEnd();
  }
}
