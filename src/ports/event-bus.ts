export { subjectWord } from '../../schema/bus/subjects.ts';

/**
 * Messages between rooms, nodes and services.
 *
 * - A subject is words of letters, digits, `_` and `-`, joined by dots. Other
 *   bytes of a name (a user id) go through `subjectWord`.
 * - A pattern may have `*` for one word; `>` at its end for one word or more.
 * - At most once: a message published while nobody listens is gone.
 * - One publisher's messages on one subject arrive in the order of publishing.
 * - A subscriber that throws is logged and hurts nobody else.
 * - Delivery is never inside `publish`: a publisher is not re-entered.
 * - The payload is JSON: what arrives is a copy.
 * - A bus that went out of reach comes back by itself, and with it every
 *   subscription. What was published meanwhile is gone, for old and new
 *   subscribers alike.
 */
export interface EventBus {
  /** Resolves when the message was handed over. Rejects with UNAVAILABLE when the bus is out of reach, PAYLOAD_TOO_LARGE over 64 KiB. */
  publish(subject: string, payload: unknown): Promise<void>;
  /**
   * Resolves when messages published from now on will arrive; at once while the
   * bus is out of reach. Rejects with UNAVAILABLE when the bus refuses it or is closed.
   */
  subscribe(pattern: string, listener: (payload: unknown, subject: string) => void): Promise<Subscription>;
  close(): Promise<void>;
}

/**
 * The bus with questions that have one answer.
 *
 * - A request reaches one member of each queue group that serves its subject;
 *   the first answer counts, later ones are ignored.
 * - At most once: a request is never sent again.
 * - What is no JSON on the bus, or larger than 64 KiB, reaches no listener.
 */
export interface RequestBus extends EventBus {
  /**
   * Resolves with the answer. Rejects with UNAVAILABLE when nobody serves the
   * subject or the bus is out of reach, TIMEOUT when no answer came within
   * `timeoutMs` (also when the bus was lost meanwhile: the request may or may
   * not have been carried out), PAYLOAD_TOO_LARGE when it or its answer is over
   * 64 KiB, INTERNAL_ERROR when the answer is no JSON.
   */
  request(subject: string, payload: unknown, timeoutMs: number): Promise<unknown>;
  /**
   * Answers requests with what `handler` returns. One that throws or rejects is
   * logged, and its request stays without an answer. Resolves as `subscribe` does;
   * its `unsubscribe` lets requests that have come be answered first.
   */
  serve(
    subject: string,
    queueGroup: string,
    handler: (payload: unknown, subject: string) => unknown,
  ): Promise<Subscription>;
  /** False while the bus is out of reach. */
  isReady(): boolean;
  /** Calls `listener` each time the bus goes out of reach. Returns what ends that. */
  onLost(listener: () => void): () => void;
  /** Calls `listener` each time the bus is back: what was missed meanwhile must be read elsewhere. Returns what ends that. */
  onReady(listener: () => void): () => void;
}

export interface Subscription {
  /** No message is delivered after this resolves. */
  unsubscribe(): Promise<void>;
}

/** The largest payload of the bus, as JSON in bytes. */
export const MAX_EVENT_BYTES = 64 * 1024;
