import { matchMaker, ServerError } from '@colyseus/core';
import { closeCodes } from '../../schema/index.ts';
import { fail } from '../fail.ts';
import type { GameRoom } from '../room/GameRoom.ts';
import { snapshotOf } from '../room/room-snapshot.ts';
import type { Sessions } from '../room/Sessions.ts';
import type { RoomHost } from './room-host.ts';

/** The rooms of this process, which Colyseus's matchmaker has. */
export function colyseusRooms(sessions: Sessions): RoomHost<GameRoom> {
  const has = (roomId: string) => matchMaker.getLocalRoomById(roomId) !== undefined;

  return {
    snapshotOf,
    has,
    async make(roomName, roomId) {
      try {
        // Of the owner before.
        await matchMaker.driver.remove(roomId);
        await matchMaker.handleCreateRoom(roomName, {}, undefined, roomId);
        // Also so when the listing of the owner before could not be removed.
        if (!has(roomId)) throw fail('UNAVAILABLE');
      } catch (error) {
        sessions.abandon(roomId);
        // What the room itself throws comes as this.
        const isItsOwn = error instanceof ServerError && matchMaker.state !== matchMaker.MatchMakerState.SHUTTING_DOWN;
        throw isItsOwn ? error : fail('UNAVAILABLE');
      }
    },
    async abandon(room) {
      sessions.abandon(room.roomId);
      // Not ours to take off the list. Private to Colyseus, which does the same with a room whose id another one got.
      (room as unknown as { _listing: { roomId: string | undefined } })._listing.roomId = undefined;
      await room.disconnect(closeCodes.RECONNECT.code);
    },
  };
}
