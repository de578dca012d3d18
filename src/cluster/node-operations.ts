import { fail } from '../fail.ts';
import type { Logger } from '../ops/log.ts';
import type { Platform } from '../room/Platform.ts';
import type { Nodes } from './Nodes.ts';
import type { NodeOperations } from './Operator.ts';
import type { RoomMover } from './RoomMover.ts';

export interface NodeOperationsParts {
  readonly nodeId: string;
  readonly nodes: Nodes;
  readonly mover: RoomMover;
  readonly platform: Platform;
  readonly log: Logger;
}

/** What an operator may have this node do. */
export function nodeOperations({ nodeId, nodes, mover, platform, log }: NodeOperationsParts): NodeOperations {
  const { keeper, rooms } = platform;
  return {
    rooms: () =>
      [...rooms].map(({ roomId, roomName, clients, locked }) => ({
        roomId,
        roomName,
        players: clients.length,
        locked,
      })),
    async drain() {
      await nodes.become('draining');
      void mover.drain();
      return keeper.rooms.size;
    },
    async move(roomId, to) {
      const room = [...keeper.rooms].find((candidate) => candidate.roomId === roomId);
      const target = to === undefined ? undefined : await nodes.find(to);
      if (room === undefined || (to !== undefined && target === undefined) || to === nodeId) throw fail('NOT_FOUND');
      return mover.move(room, target && [target]);
    },
    logLevel(level) {
      log.level = level;
    },
  };
}
