import { GatehouseError } from '../fail.ts';
import type { RequestBus } from '../ports/event-bus.ts';
import type { Tally } from './open.ts';

/** A bus whose calls are timed. A request that nobody serves, or that is too large, is no fault of the bus. */
export function measuredBus(bus: RequestBus, tally: Tally): RequestBus {
  async function timed<T>(call: 'publish' | 'request', work: Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await work;
    } catch (error) {
      const name = error instanceof GatehouseError ? error.error : undefined;
      if (name === 'TIMEOUT' || (name === 'UNAVAILABLE' && !bus.isReady())) tally.count('nats_errors', call);
      throw error;
    } finally {
      tally.observe('nats', call, (performance.now() - began) / 1_000);
    }
  }

  return {
    publish: (subject, payload) => timed('publish', bus.publish(subject, payload)),
    request: (subject, payload, timeoutMs) => timed('request', bus.request(subject, payload, timeoutMs)),
    subscribe: (pattern, listener) => bus.subscribe(pattern, listener),
    serve: (subject, queueGroup, handler) => bus.serve(subject, queueGroup, handler),
    isReady: () => bus.isReady(),
    onLost: (listener) => bus.onLost(listener),
    onReady: (listener) => bus.onReady(listener),
    close: () => bus.close(),
  };
}
