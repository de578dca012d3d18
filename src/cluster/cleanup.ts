import { matchMaker } from '@colyseus/core';
import type { Ports } from '../ports/index.ts';
import type { Platform } from '../room/Platform.ts';

/** What a dead node left behind: listings, its share of the room count, sessions, presence. May run again for the same node. */
export async function cleanUpAfter(nodeId: string, ports: Ports, platform: Platform): Promise<void> {
  await Promise.all([
    unlist(nodeId),
    matchMaker.stats.excludeProcess(nodeId),
    endSessions(nodeId, ports),
    platform.presence.nodeGone(nodeId),
  ]);
}

/** Colyseus drops the listings of a process without a word to those who watch them. */
async function unlist(nodeId: string): Promise<void> {
  const rooms = await matchMaker.query({ processId: nodeId });
  await matchMaker.driver.cleanup?.(nodeId);
  await Promise.all(rooms.map(({ roomId }) => matchMaker.presence.publish('$lobby', `${roomId},1`)));
}

async function endSessions(nodeId: string, { sessions }: Ports): Promise<void> {
  for (;;) {
    const left = await sessions.byNode(nodeId, 500);
    if (left.length === 0) return;
    await Promise.all(left.map(({ id }) => sessions.delete(id)));
  }
}

/**
 * Others have cleaned up after this node, or what is shared was lost. Its rooms
 * and sessions are here: they are told again.
 */
export async function comeBack(platform: Platform): Promise<void> {
  await matchMaker.restoreMissingRoomCaches();
  await platform.sessions.tellAgain();
}
