import { Client, type Room, type SeatReservation } from '@colyseus/sdk';

/** What one device keeps, and another one needs. The token is a secret of the user's. */
export interface Kept {
  readonly sessionId: string;
  readonly token: string;
  readonly lastSequence?: { readonly epoch: number; readonly n: number };
}

export function keep(room: Room, lastSequence?: Kept['lastSequence']): Kept {
  return { sessionId: room.sessionId, token: room.reconnectionToken, lastSequence };
}

/** An unmodified Colyseus SDK client goes on with the session: on another page, device or node. */
export async function recover(url: string, userToken: string, kept: Kept): Promise<Room> {
  const client = new Client(url);
  client.auth.token = userToken;
  const { data: seat } = await client.http.post('/v1/sessions/recover', { body: { ...kept } });
  return client.consumeSeatReservation(seat as SeatReservation);
}
