import { type IRoomCache, matchMaker } from '@colyseus/core';
import type { ErrorName, SeatReservation } from '../../schema/index.ts';
import { GatehouseError } from '../fail.ts';
import type { GameRoom } from './GameRoom.ts';
import type { Recover } from './SessionReturns.ts';

/**
 * Gives a session's seat to whoever is its user and has its secret: a page that was loaded again, another device. A
 * connection that it still has ends with TAKEN_OVER.
 */
export function recoverSession(room: GameRoom, request: Recover): SeatReservation | { readonly error: ErrorName } {
  try {
    room.platform.sessions.returns.recover(room.roomId, request);
  } catch (error) {
    if (error instanceof GatehouseError) return { error: error.error };
    throw error;
  }
  const sessionId: string | undefined = room.checkReconnectionToken(request.token);
  if (sessionId === undefined) return { error: 'SEAT_EXPIRED' };
  // Colyseus keeps it private, and makes every other seat of it.
  const { _listing: listing } = room as unknown as { _listing: IRoomCache };
  const seat = matchMaker.buildSeatReservation(listing, sessionId);
  return { ...seat, processId: room.platform.nodeId, reconnectionToken: request.token };
}
