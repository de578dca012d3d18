import type { Client, SeatReservation } from '@colyseus/sdk';
import { BATCHES_OPTION } from '@gatehouse/schema';
import type { Clock } from './clock.ts';
import { ConnectionEnded, GatehouseError } from './errors.ts';
import type { KeptSession } from './kept-sessions.ts';
import type { RoomOf } from './sdk-room.ts';

/** A class made by `schema()` of @colyseus/schema. */
// biome-ignore lint/suspicious/noExplicitAny: the constructor's arguments are never used; the SDK types it so.
export type StateClass<State> = new (...args: any[]) => State;

export interface SeatRequest<State> {
  readonly method: 'joinOrCreate' | 'joinById' | 'create';
  /** A room name; of joinById a room id. */
  readonly target: string;
  readonly options: object;
  readonly stateClass: StateClass<State> | undefined;
  readonly token: string;
}

/** Seats that one join reserves at most: one that expires on the way to it is followed by another. */
const MAX_SEATS = 3;

/**
 * Reserves a seat and takes it. Throws a GatehouseError or a ConnectionEnded.
 *
 * The SDK's own `joinOrCreate` makes a MatchMakeError of every refusal, which
 * keeps its text and loses its data (how long to wait, what the limit is). So its
 * two halves are called one by one: the HTTP half throws with the whole answer.
 */
export async function takeSeat<State>(sdk: Client, request: SeatRequest<State>): Promise<RoomOf<State>> {
  for (let seats = 1; ; seats++) {
    const seat = await reserve(sdk, request);
    // The seat's URL carries the token that the HTTP client has at this moment.
    sdk.http.authToken = request.token;
    try {
      return await sdk.consumeSeatReservation<State>(seat, request.stateClass);
    } catch (thrown) {
      const error = asSeatError(thrown);
      // A slow link, or the node of the seat is gone: nobody refused the join.
      if (!isExpired(error) || seats === MAX_SEATS) throw error;
    }
  }
}

/**
 * Takes up a session that an earlier page had. Undefined when it cannot be had any more, so that joining anew is right.
 * Throws a GatehouseError or a ConnectionEnded when it may yet be had: later, or with another token.
 */
export async function takeBack<State>(
  sdk: Client,
  { sessionId, token: recoveryToken, lastSequence }: KeptSession,
  { stateClass, token }: Pick<SeatRequest<State>, 'stateClass' | 'token'>,
): Promise<RoomOf<State> | undefined> {
  try {
    const seat = await ask(sdk, '/v1/sessions/recover', token, { sessionId, token: recoveryToken, lastSequence });
    sdk.http.authToken = token;
    return await sdk.consumeSeatReservation<State>(seat, stateClass);
  } catch (thrown) {
    const error = asSeatError(thrown);
    if (isExpired(error) || !(error.retryable || OF_TOKEN.has(error.name))) return undefined;
    throw error;
  }
}

/** A join would meet these as well, and who signs in again is still wanted in the session. */
const OF_TOKEN: ReadonlySet<string> = new Set([
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
  'ORIGIN_REFUSED',
]);

function isExpired(error: GatehouseError | ConnectionEnded): boolean {
  return error.name === 'SEAT_EXPIRED' || error.name === 'SEAT_GONE';
}

function reserve(sdk: Client, { method, target, options, token }: SeatRequest<unknown>): Promise<SeatReservation> {
  return ask(sdk, `/matchmake/${method}/${encodeURIComponent(target)}`, token, { ...options, [BATCHES_OPTION]: true });
}

async function ask(sdk: Client, path: string, token: string, body: object): Promise<SeatReservation> {
  let answer: unknown;
  try {
    ({ data: answer } = await sdk.http.post(path, {
      headers: { Accept: 'application/json', 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body,
    }));
  } catch (thrown) {
    throw GatehouseError.fromMatchMake(thrown);
  }
  if (isSeat(answer)) return answer;
  // The sign-in page of a hotel's network answers 200 as well.
  throw GatehouseError.of('UNAVAILABLE', { message: 'What answered is not a Gatehouse server' });
}

function isSeat(answer: unknown): answer is SeatReservation {
  if (typeof answer !== 'object' || answer === null) return false;
  const seat = answer as Record<string, unknown>;
  return [seat.name, seat.roomId, seat.sessionId, seat.processId].every((field) => typeof field === 'string');
}

/** The SDK reports a refusal in the room and a socket that closed alike: as a ServerError with either one's code. */
function asSeatError(thrown: unknown): GatehouseError | ConnectionEnded {
  const error = GatehouseError.fromMatchMake(thrown);
  const isCloseCode = error.name === 'UNKNOWN' && error.code >= 1000 && error.code < 5000;
  return isCloseCode ? new ConnectionEnded(error.code, { reason: error.message, cause: thrown }) : error;
}

/**
 * `work`, or TIMEOUT after `timeoutMs`. What comes later is given to `tooLate`,
 * so that a seat which is taken after all does not stay taken by nobody.
 */
export function within<T>(
  work: Promise<T>,
  limit: { readonly timeoutMs: number; readonly clock: Clock; readonly tooLate: (result: T) => void },
): Promise<T> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = limit.clock.after(limit.timeoutMs, () => {
      late = true;
      reject(GatehouseError.of('TIMEOUT'));
    });
    work.then(
      (result) => {
        timer.stop();
        if (late) limit.tooLate(result);
        else resolve(result);
      },
      (error) => {
        timer.stop();
        reject(error);
      },
    );
  });
}
