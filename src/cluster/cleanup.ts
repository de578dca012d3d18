import { type IRoomCache, matchMaker, updateLobby } from '@colyseus/core';
import type { Ports } from '../ports/index.ts';
import type { Platform } from '../room/Platform.ts';

/** How long the sessions of a room that another node brings back may take to be that node's. */
const TAKEN_OVER_MS = 5_000;
const LOOK_AGAIN_MS = 100;

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

/** But for those whose room another node is bringing back: it takes them over, or the room is no more. */
async function endSessions(nodeId: string, { sessions, roomStore, clock }: Ports): Promise<void> {
  const until = clock.monotonic() + TAKEN_OVER_MS;
  for (;;) {
    const left = await sessions.byNode(nodeId, 500);
    if (left.length === 0) return;
    const rooms = new Map<string, boolean>();
    for (const { roomId } of left) {
      if (rooms.has(roomId)) continue;
      const owner = await roomStore.owner(roomId);
      rooms.set(roomId, owner !== undefined && owner.nodeId !== nodeId);
    }
    const ended = left.filter(({ roomId }) => !rooms.get(roomId));
    await Promise.all(ended.map(({ id }) => sessions.delete(id)));
    if (ended.length > 0) continue;
    // The records that nobody takes over end by themselves.
    if (clock.monotonic() >= until) return;
    await new Promise<void>((resolve) => void clock.after(LOOK_AGAIN_MS, resolve));
  }
}

/**
 * Others have cleaned up after this node, or what is shared was out of reach or
 * lost. Its rooms and sessions are here: they are told again, and what is listed
 * of rooms that have ended meanwhile is taken back.
 */
export async function comeBack(platform: Platform): Promise<void> {
  // Those that another node has by now are not told of.
  for (const room of [...platform.keeper.rooms]) await platform.keeper.keeps(room);
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
