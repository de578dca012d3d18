import { matchMaker, Room } from '@colyseus/core';
import type { NodeRecord } from '../ports/nodes.ts';
import type { GameRoom } from '../room/GameRoom.ts';
import type { RoomKeeper } from './RoomKeeper.ts';

/**
 * Where a room is: here, at another node, or here from now on, as its owner is dead. `byPath`: the node that the client
 * names. Undefined: nowhere that is known. @throws UNAVAILABLE when that cannot be known now, and may be later
 */
export async function locateRoom(
  keeper: RoomKeeper,
  byPath: string,
  roomId: string,
): Promise<NodeRecord | 'here' | undefined> {
  const room: unknown = matchMaker.getLocalRoomById(roomId);
  // Colyseus keeps rooms in a plain object: `constructor` is in it.
  if (room instanceof Room && (await keeper.keeps(room as unknown as GameRoom))) return 'here';
  return keeper.find(byPath, roomId);
}
