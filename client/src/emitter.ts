/**
 * A typed emitter: event name → the one value that its listeners get.
 *
 * Listeners are called at once, in the order of registration. A listener that
 * throws stops neither the others nor the kit: as with an EventTarget, its error
 * becomes an uncaught one.
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<{ call(value: never): void }>>();

  /** Calls `listener` for each `event` from now on. Returns a function that ends this; it may be called twice. */
  on<E extends keyof Events>(event: E, listener: (value: Events[E]) => void): () => void {
    let listeners = this.#listeners.get(event);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(event, listeners);
    }
    // A wrapper each, so that the same function registered twice is called and removed separately.
    const entry = { call: listener };
    listeners.add(entry);
    return () => {
      listeners.delete(entry);
    };
  }

  emit<E extends keyof Events>(event: E, value: Events[E]): void {
    // A copy: a listener may add or remove listeners.
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener.call(value as never);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
