/** The bus on NATS, for nodes that work together. */
export type { NatsOptions } from './connection.ts';
export { type NatsBusOptions, natsEventBus } from './event-bus.ts';
