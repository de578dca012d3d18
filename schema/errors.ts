/**
 * Reply errors: what a request can be answered with instead of a result.
 *
 * One table for JSON-RPC error objects, refused joins and other HTTP answers.
 * `docs/api.md`, the OpenRPC document and the client's error classes are made
 * from it or proved equal to it by a test.
 */
export interface CatalogueError {
  /** JSON-RPC error code. −32700 … −32600 are the specification's, −32001 … −32099 are ours. */
  readonly code: number;
  /** Status of an HTTP answer that carries this error. */
  readonly http: number;
  /** True when the same call may succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** What went wrong, for a developer. Fixed text: it never holds data of the server. */
  readonly message: string;
  /** What to tell a player. */
  readonly sentence: string;
}

export const errors = {
  PARSE_ERROR: {
    code: -32700,
    http: 400,
    retryable: false,
    message: 'Parse error',
    sentence: 'The server could not read the message.',
  },
  INVALID_REQUEST: {
    code: -32600,
    http: 400,
    retryable: false,
    message: 'Invalid Request',
    sentence: 'The server did not understand the request.',
  },
  METHOD_NOT_FOUND: {
    code: -32601,
    http: 404,
    retryable: false,
    message: 'Method not found',
    sentence: 'This action does not exist here.',
  },
  INVALID_PARAMS: {
    code: -32602,
    http: 400,
    retryable: false,
    message: 'Invalid params',
    sentence: 'Something about this action was not valid.',
  },
  INTERNAL_ERROR: {
    code: -32603,
    http: 500,
    retryable: true,
    message: 'Internal error',
    sentence: 'Something went wrong on the server.',
  },
  TOKEN_MISSING: {
    code: -32001,
    http: 401,
    retryable: false,
    message: 'No token was sent',
    sentence: 'Please sign in first.',
  },
  TOKEN_INVALID: {
    code: -32002,
    http: 401,
    retryable: false,
    message: 'The token is not valid here',
    sentence: 'Your sign-in is not valid. Please sign in again.',
  },
  FORBIDDEN: {
    code: -32003,
    http: 403,
    retryable: false,
    message: 'This needs another role',
    sentence: 'You are not allowed to do this.',
  },
  NOT_FOUND: {
    code: -32004,
    http: 404,
    retryable: false,
    message: 'Not found',
    sentence: 'That is no longer there.',
  },
  TOKEN_EXPIRED: {
    code: -32005,
    http: 401,
    retryable: false,
    message: 'The token has expired',
    sentence: 'Your sign-in has expired. Please sign in again.',
  },
  TOKEN_REVOKED: {
    code: -32006,
    http: 401,
    retryable: false,
    message: 'The token was revoked',
    sentence: 'Your sign-in was ended. Please sign in again.',
  },
  ORIGIN_REFUSED: {
    code: -32007,
    http: 403,
    retryable: false,
    message: 'This origin is not in ALLOWED_ORIGINS',
    sentence: 'This page may not connect to the server.',
  },
  TIMEOUT: {
    code: -32008,
    http: 504,
    retryable: true,
    message: 'No answer in time',
    sentence: 'The server took too long to answer.',
  },
  CONFLICT: {
    code: -32009,
    http: 409,
    retryable: false,
    message: 'Someone else changed it first; data.current is what it is now',
    sentence: 'Someone else changed this first.',
  },
  USER_MISMATCH: {
    code: -32011,
    http: 403,
    retryable: false,
    message: 'The token belongs to another user',
    sentence: 'You are signed in as somebody else.',
  },
  ROOM_LOCKED: {
    code: -32012,
    http: 409,
    retryable: true,
    message: 'The room is full or closed to new players',
    sentence: 'This room is full.',
  },
  PAYLOAD_TOO_LARGE: {
    code: -32013,
    http: 413,
    retryable: false,
    message: 'The payload is larger than the limit',
    sentence: 'That was too large to send.',
  },
  BATCH_TOO_LARGE: {
    code: -32014,
    http: 413,
    retryable: false,
    message: 'The batch has more entries than the limit',
    sentence: 'That was too much at once.',
  },
  LIMIT_REACHED: {
    code: -32015,
    http: 409,
    retryable: false,
    message: 'A limit of the room is reached',
    sentence: 'There is no room for more of these.',
  },
  CONNECTION_LOST: {
    code: -32016,
    http: 503,
    retryable: true,
    message: 'The connection was lost before the answer came; the call may or may not have been carried out',
    sentence: 'The connection was lost. Please try again.',
  },
  QUEUE_FULL: {
    code: -32017,
    http: 503,
    retryable: true,
    message: 'Too much is waiting to be sent',
    sentence: 'Too much is waiting to be sent. Please wait a moment.',
  },
  UNKNOWN_MESSAGE: {
    code: -32018,
    http: 400,
    retryable: false,
    message: 'The room has no handler for this message type',
    sentence: 'This action does not exist here.',
  },
  SEAT_EXPIRED: {
    code: -32019,
    http: 410,
    retryable: false,
    message: 'The seat or the session to return to is gone',
    sentence: 'Your place could not be kept. Please join again.',
  },
  RATE_LIMITED: {
    code: -32029,
    http: 429,
    retryable: true,
    message: 'Too many requests; data.retryAfterMs says when to come back',
    sentence: 'That was too fast. Please wait a moment.',
  },
  UNAVAILABLE: {
    code: -32030,
    http: 503,
    retryable: true,
    message: 'The server does not take this now',
    sentence: 'The server is not available right now.',
  },
} as const satisfies Record<string, CatalogueError>;

export type ErrorName = keyof typeof errors;

const nameByCode = new Map<number, ErrorName>(
  (Object.keys(errors) as ErrorName[]).map((name) => [errors[name].code, name]),
);

/** The catalogue name of a JSON-RPC error code, or undefined for a foreign code. */
export function errorNameOf(code: number): ErrorName | undefined {
  return nameByCode.get(code);
}
