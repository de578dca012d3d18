/**
 * Connection ends: the WebSocket close codes that a client can meet.
 *
 * The range of the code decides what a client does next, so a client that does
 * not know a new code still does the right thing:
 *
 * | range     | next            | meaning                                                      |
 * |-----------|-----------------|--------------------------------------------------------------|
 * | 4010–4099 | `resume`        | come back at once with the same session                      |
 * | 4100–4199 | `refresh`       | come back with the same session and a new token              |
 * | 4200–4299 | `later`         | come back with the same session after a pause                |
 * | 4300–4399 | `rejoin`        | the session is over; joining anew is welcome                 |
 * | 4400–4499 | `stop`          | do not come back by yourself                                 |
 *
 * 1000–1015 and 4000–4010 belong to RFC 6455 and Colyseus. An unmodified
 * Colyseus SDK returns by itself on 1001, 1005, 1006 and 4010 only; for the rest
 * its `onLeave` gets the code.
 */
export type NextStep = 'resume' | 'refresh' | 'later' | 'rejoin' | 'stop';

export interface CloseCodeEntry {
  readonly code: number;
  readonly next: NextStep;
  /** What happened, for a developer. */
  readonly message: string;
  /** What to tell a player. */
  readonly sentence: string;
}

export const closeCodes = {
  NORMAL: { code: 1000, next: 'stop', message: 'The connection was closed in the ordinary way', sentence: 'You left.' },
  GOING_AWAY: {
    code: 1001,
    next: 'resume',
    message: 'The other end went away',
    sentence: 'The connection was interrupted.',
  },
  NO_STATUS: {
    code: 1005,
    next: 'resume',
    message: 'The socket closed without a code',
    sentence: 'The connection was interrupted.',
  },
  ABNORMAL: {
    code: 1006,
    next: 'resume',
    message: 'The socket was lost',
    sentence: 'The connection was lost.',
  },
  MESSAGE_TOO_BIG: {
    code: 1009,
    next: 'stop',
    message: 'A frame was larger than MAX_PAYLOAD',
    sentence: 'Something too large was sent.',
  },
  LEFT: { code: 4000, next: 'stop', message: 'The client asked to leave', sentence: 'You left.' },
  SERVER_SHUTDOWN: {
    code: 4001,
    next: 'rejoin',
    message: 'The server shut down and its rooms with it',
    sentence: 'The server is restarting.',
  },
  BAD_MESSAGE: {
    code: 4002,
    next: 'stop',
    message: 'The server could not read a message, or the room refused the join',
    sentence: 'The server did not understand this client.',
  },
  SEAT_GONE: {
    code: 4003,
    next: 'rejoin',
    message: 'The session to return to is gone',
    sentence: 'Your place could not be kept.',
  },
  RECONNECT: { code: 4010, next: 'resume', message: 'Come back at once', sentence: 'Reconnecting.' },
  TOKEN_EXPIRED: {
    code: 4101,
    next: 'refresh',
    message: 'The token expired and was not refreshed within the grace period',
    sentence: 'Your sign-in has expired.',
  },
  FLOODING: {
    code: 4201,
    next: 'later',
    message: 'More messages or bytes than the limit of a connection',
    sentence: 'Too much was sent at once.',
  },
  JOIN_TIMEOUT: {
    code: 4301,
    next: 'rejoin',
    message: 'The socket was opened but never took its seat',
    sentence: 'Joining took too long.',
  },
  KICKED: { code: 4401, next: 'stop', message: 'Removed by an operator or the room', sentence: 'You were removed.' },
  TOKEN_REVOKED: {
    code: 4402,
    next: 'stop',
    message: 'The token was revoked',
    sentence: 'Your sign-in was ended.',
  },
  PROTOCOL_ERROR: {
    code: 4403,
    next: 'stop',
    message: 'A frame was not of the protocol',
    sentence: 'The server did not understand this client.',
  },
  TOO_MANY_ERRORS: {
    code: 4404,
    next: 'stop',
    message: 'Too many messages that the room does not know',
    sentence: 'The server did not understand this client.',
  },
  TAKEN_OVER: {
    code: 4405,
    next: 'stop',
    message: 'The session goes on at another page or device of its user',
    sentence: 'You went on in another window.',
  },
} as const satisfies Record<string, CloseCodeEntry>;

export type CloseCodeName = keyof typeof closeCodes;

const byCode = new Map<number, CloseCodeName>(
  (Object.keys(closeCodes) as CloseCodeName[]).map((name) => [closeCodes[name].code, name]),
);

/** The catalogue name of a close code, or undefined for a foreign code. */
export function closeNameOf(code: number): CloseCodeName | undefined {
  return byCode.get(code);
}

/** A close code as a label: clients may choose any of 3000 … 4999, and labels are counted for ever. */
export function closeLabel(code: number): string {
  return byCode.has(code) || (code >= 1000 && code <= 1015) ? String(code) : 'other';
}

/** What a client does after its connection ended with `code`. Codes outside the catalogue go by their range. */
export function nextStep(code: number): NextStep {
  const name = byCode.get(code);
  if (name !== undefined) return closeCodes[name].next;
  if (code >= 4010 && code < 4100) return 'resume';
  if (code >= 4100 && code < 4200) return 'refresh';
  if (code >= 4200 && code < 4300) return 'later';
  if (code >= 4300 && code < 4400) return 'rejoin';
  if (code >= 4400 && code < 4500) return 'stop';
  // RFC 6455 and intermediaries: 1011 … 1015 are faults of the road or the server, the rest of the client.
  return code >= 1011 && code <= 1015 ? 'resume' : 'stop';
}

/** True when the session is kept for the reconnection window after an end with `code`. */
export function keepsSession(code: number): boolean {
  const next = nextStep(code);
  return next === 'resume' || next === 'refresh' || next === 'later';
}
