import { memoryDirectory } from '../../src/adapters/memory/directory.ts';
import { memoryEventBus } from '../../src/adapters/memory/event-bus.ts';
import { memoryNodes } from '../../src/adapters/memory/nodes.ts';
import { memoryRevocations } from '../../src/adapters/memory/revocations.ts';
import { memoryRoomStore } from '../../src/adapters/memory/room-store.ts';
import { memorySessionStore } from '../../src/adapters/memory/session-store.ts';
import { FakeClock } from '../support/FakeClock.ts';
import { directoryContract } from './directory.ts';
import { eventBusContract } from './event-bus.ts';
import { nodesContract } from './nodes.ts';
import { requestBusContract } from './request-bus.ts';
import { revocationsContract } from './revocations.ts';
import { roomStoreContract } from './room-store.ts';
import { sessionStoreContract } from './session-store.ts';

eventBusContract('memory event bus', async () => {
  const bus = memoryEventBus();
  return { bus, end: () => bus.close() };
});

requestBusContract('memory request bus', async () => {
  const bus = memoryEventBus();
  return { near: bus, far: bus, end: () => bus.close() };
});

roomStoreContract('memory room store', async () => {
  const clock = new FakeClock();
  const store = memoryRoomStore(clock);
  return { store, pass: async (ms) => clock.advance(ms), end: () => store.close() };
});

sessionStoreContract('memory session store', async () => {
  const clock = new FakeClock();
  const store = memorySessionStore(clock);
  return { store, pass: async (ms) => clock.advance(ms), end: () => store.close() };
});

revocationsContract('memory revocations', async () => {
  const clock = new FakeClock();
  const revocations = memoryRevocations(clock);
  return {
    revocations,
    now: () => clock.now(),
    pass: async (ms) => clock.advance(ms),
    end: () => revocations.close(),
  };
});

directoryContract('memory directory', async (capacity) => {
  const directory = memoryDirectory({ capacity });
  return { directory, end: () => directory.close() };
});

nodesContract('memory nodes', async () => {
  const clock = new FakeClock();
  const nodes = memoryNodes(clock);
  return { nodes, pass: async (ms) => clock.advance(ms), end: () => nodes.close() };
});
