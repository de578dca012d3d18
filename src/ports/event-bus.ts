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
 */
export interface EventBus {
  /** Resolves when the message was handed over. Rejects with UNAVAILABLE when the bus is out of reach, PAYLOAD_TOO_LARGE over 64 KiB. */
  publish(subject: string, payload: unknown): Promise<void>;
  /** Resolves when messages published from now on will arrive. */
  subscribe(pattern: string, listener: (payload: unknown, subject: string) => void): Promise<Subscription>;
  close(): Promise<void>;
}

export interface Subscription {
  /** No message is delivered after this resolves. */
  unsubscribe(): Promise<void>;
}

/** The largest payload of the bus, as JSON in bytes. */
export const MAX_EVENT_BYTES = 64 * 1024;

/** A name as one word of a subject: letters, digits, `_` and `-` stay, every other byte becomes `=XX`. */
export function subjectWord(name: string): string {
  const bytes = new TextEncoder().encode(name);
  let word = '';
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    word += /[A-Za-z0-9_-]/.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return word;
}
