import { fail } from '../../fail.ts';
import { type EventBus, MAX_EVENT_BYTES, type Subscription } from '../../ports/event-bus.ts';

interface Listener {
  readonly words: readonly string[];
  readonly deliver: (payload: unknown, subject: string) => void;
  open: boolean;
}

/** One process's bus. */
export function memoryEventBus(onError: (error: unknown, subject: string) => void = () => {}): EventBus {
  const listeners = new Set<Listener>();

  function deliver(listener: Listener, json: string, subject: string): void {
    if (!listener.open) return;
    try {
      listener.deliver(JSON.parse(json), subject);
    } catch (error) {
      onError(error, subject);
    }
  }

  return {
    async publish(subject, payload) {
      const json = JSON.stringify(payload ?? null);
      if (Buffer.byteLength(json) > MAX_EVENT_BYTES) throw fail('PAYLOAD_TOO_LARGE');
      const words = subject.split('.');
      for (const listener of listeners) {
        // A task of its own, so that a publisher is never re-entered.
        if (matches(listener.words, words)) queueMicrotask(() => deliver(listener, json, subject));
      }
    },
    async subscribe(pattern, listener): Promise<Subscription> {
      const entry: Listener = { words: pattern.split('.'), deliver: listener, open: true };
      listeners.add(entry);
      return {
        async unsubscribe() {
          entry.open = false;
          listeners.delete(entry);
        },
      };
    },
    async close() {
      for (const listener of listeners) listener.open = false;
      listeners.clear();
    },
  };
}

function matches(pattern: readonly string[], words: readonly string[]): boolean {
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === '>') return words.length > i;
    if (i >= words.length || (pattern[i] !== '*' && pattern[i] !== words[i])) return false;
  }
  return pattern.length === words.length;
}
