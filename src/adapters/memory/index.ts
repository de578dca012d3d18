import { LocalDriver, LocalPresence } from '@colyseus/core';
import type { Ports } from '../../ports/index.ts';
import { systemClock } from '../system/clock.ts';
import { systemRandom } from '../system/random.ts';
import { memoryDirectory } from './directory.ts';
import { memoryEventBus } from './event-bus.ts';
import { memoryNodes } from './nodes.ts';
import { memoryRevocations } from './revocations.ts';
import { memoryRoomStore } from './room-store.ts';
import { memorySessionStore } from './session-store.ts';

/** Everything in this process: one node, nothing survives it. */
export function memoryPorts(clock = systemClock): Ports {
  return {
    clock,
    random: systemRandom,
    bus: memoryEventBus(),
    sessions: memorySessionStore(clock),
    revocations: memoryRevocations(clock),
    directory: memoryDirectory(),
    nodes: memoryNodes(clock),
    roomStore: memoryRoomStore(clock),
    matchmaking: { presence: new LocalPresence(), driver: new LocalDriver() },
  };
}
