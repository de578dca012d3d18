import { natsEventBus } from '../../src/adapters/nats/index.ts';
import type { EventBus } from '../../src/ports/event-bus.ts';
import { NatsServer } from '../support/nats-server.ts';
import { eventBusContract } from './event-bus.ts';
import { requestBusContract } from './request-bus.ts';

const server = await NatsServer.start();
const open = () => natsEventBus({ servers: server.url });

eventBusContract('NATS event bus', async () => {
  const bus = await open();
  return { bus, end: () => bus.close() };
});

eventBusContract('NATS event bus, from one node to another', async () => {
  const [near, far] = await Promise.all([open(), open()]);
  const end = async () => {
    await Promise.all([near.close(), far.close()]);
  };
  const bus: EventBus = {
    publish: (subject, payload) => near.publish(subject, payload),
    subscribe: (pattern, listener) => far.subscribe(pattern, listener),
    close: end,
  };
  return { bus, end };
});

requestBusContract('NATS request bus', async () => {
  const [near, far] = await Promise.all([open(), open()]);
  return {
    near,
    far,
    end: async () => {
      await Promise.all([near.close(), far.close()]);
    },
  };
});
