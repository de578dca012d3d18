import { type IRoomCache, matchMaker, updateLobby } from '@colyseus/core';
import type { Ports } from '../ports/index.ts';
import type { Platform } from '../room/Platform.ts';

/** What a dead node left behind: listings, its share of the room count, sessions, presence. May run again for the same node. */
export async function cleanUpAfter(nodeId: string, ports: Ports, platform: Platform): Promise<void> {
  // First: what is brought back is not left behind any more.
  await platform.keeper.restoreRoomsOf(nodeId);
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
 * Others have cleaned up after this node, or what is shared was out of reach or
 * lost. Its rooms and sessions are here: they are told again, and what is listed
 * of rooms that have ended meanwhile is taken back.
 */
export async function comeBack(platform: Platform): Promise<void> {
  await relist(platform.nodeId);
  await platform.sessions.tellAgain();
  platform.presence.gap();
}

async function relist(nodeId: string): Promise<void> {
  const listed = await matchMaker.query({ processId: nodeId });
  const gone = listed.filter(({ roomId }) => matchMaker.getLocalRoomById(roomId) === undefined);
  await Promise.all(gone.map(({ roomId }) => matchMaker.driver.remove(roomId)));
  await Promise.all(gone.map(({ roomId }) => matchMaker.presence.publish('$lobby', `${roomId},1`)));
  await matchMaker.restoreMissingRoomCaches();
  // Those that are listed may have changed since: their players, their lock.
  const here = await matchMaker.query({ processId: nodeId });
  for (const { roomId } of here) {
    const room = matchMaker.getLocalRoomById(roomId);
    // What Colyseus keeps as the truth about it, and private to it.
    const listing = (room as unknown as { _listing: IRoomCache } | undefined)?._listing;
    if (listing === undefined) continue;
    await matchMaker.driver.persist(listing);
    await updateLobby(room!);
  }
}
