import { matchMaker } from '@colyseus/core';
import type { CloseCodeName, ErrorName } from '../../schema/index.ts';
import { locateRoom } from '../cluster/locate-room.ts';
import type { Relay } from '../cluster/Relay.ts';
import type { RoomKeeper } from '../cluster/RoomKeeper.ts';
import { fail, GatehouseError } from '../fail.ts';
import type { Logger } from '../ops/log.ts';
import type { SessionRecord, SessionStore } from '../ports/session-store.ts';
import type { GameRoom } from './GameRoom.ts';
import type { Recover } from './SessionReturns.ts';

export interface AskRoomParts {
  readonly store: SessionStore;
  readonly keeper: RoomKeeper;
  readonly relay: Relay;
  readonly log: Logger;
}

/** A room is asked so often: its owner may turn out to be dead, or to have handed it on. Each takes 2 seconds at most. */
const MAX_CALLS = 3;

/** Ends a session for good, wherever its room is. False: it was gone by then. @throws UNAVAILABLE */
export async function endSession(parts: AskRoomParts, record: SessionRecord, how: CloseCodeName): Promise<boolean> {
  const { ended } = await askRoom(parts, record, 'endSession', record.id, how).catch((error) => {
    // A room that is nowhere any more has nobody to tell.
    if (error instanceof GatehouseError && error.error === 'SEAT_EXPIRED') return { ended: false };
    throw error;
  });
  await parts.store.delete(record.id);
  return ended === true;
}

/** Asks the room of a session, wherever it is now. @throws what it answers, SEAT_EXPIRED when it is nowhere, UNAVAILABLE */
export async function askRoom(
  { keeper, relay, log }: AskRoomParts,
  { nodeId, roomId }: SessionRecord,
  ...[method, ...args]: ['recoverSession', Recover] | ['endSession', string, CloseCodeName]
): Promise<{ readonly ended?: boolean }> {
  async function ask(): Promise<{ error?: ErrorName; ended?: boolean }> {
    try {
      return await matchMaker.remoteRoomCall<GameRoom>(roomId, method, args);
    } catch {
      // What Colyseus throws has the arguments in it, and so a token.
      log.warn({ room: roomId, method }, 'a room did not answer');
      return { error: 'UNAVAILABLE' };
    }
  }
  for (let call = 1; call <= MAX_CALLS; call++) {
    const way = await locateRoom(keeper, nodeId, roomId);
    if (way === undefined) throw fail('SEAT_EXPIRED');
    if (way !== 'here' && !(await relay.reaches(way))) continue;
    const { error, ...answer } = await ask();
    if (error === undefined) return answer;
    if (error !== 'UNAVAILABLE') throw fail(error);
  }
  throw fail('UNAVAILABLE');
}
