/** What the kit rejects with and shows: one class per catalogue of `@gatehouse/schema`. */
import {
  type CloseCodeName,
  closeCodes,
  closeNameOf,
  type ErrorName,
  errorNameOf,
  errors,
  type NextStep,
  nextStep,
  type RpcErrorObject,
} from '@gatehouse/schema';

export interface GatehouseErrorDetails {
  /** JSON-RPC code of the catalogue; of a foreign error its own code or HTTP status. */
  readonly code: number;
  /** For a developer. */
  readonly message: string;
  /** What the server sent along, for example `{ current }` of a CONFLICT. */
  readonly data?: unknown;
  readonly cause?: unknown;
}

/**
 * A refused join or call, by the error catalogue.
 *
 * `name` is the catalogue name, so `error.name === 'CONFLICT'` is the way to
 * tell errors apart; `UNKNOWN` is an error that this version does not know.
 */
export class GatehouseError extends Error {
  override readonly name: ErrorName | 'UNKNOWN';
  readonly code: number;
  readonly data: unknown;
  /** True when the same call may succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** One sentence to show a player. */
  readonly sentence: string;

  constructor(name: ErrorName | 'UNKNOWN', details: GatehouseErrorDetails) {
    super(details.message, { cause: details.cause });
    this.name = name;
    this.code = details.code;
    this.data = details.data;
    this.retryable = name === 'UNKNOWN' ? false : errors[name].retryable;
    this.sentence = name === 'UNKNOWN' ? 'Something went wrong.' : errors[name].sentence;
  }

  /** An error of the catalogue, with the catalogue's message unless another is given. */
  static of(name: ErrorName, details: Partial<GatehouseErrorDetails> = {}): GatehouseError {
    const { code, message } = errors[name];
    return new GatehouseError(name, { message, ...details, code });
  }

  static unknown(code: number, message: string, details: Partial<GatehouseErrorDetails> = {}): GatehouseError {
    return new GatehouseError('UNKNOWN', { ...details, code, message });
  }

  /** From the `error` of a JSON-RPC response. */
  static fromRpc({ code, message, data }: RpcErrorObject): GatehouseError {
    return new GatehouseError(errorNameOf(code) ?? 'UNKNOWN', { code, message, data });
  }

  /**
   * From what the SDK throws when a seat is refused. Never throws itself.
   *
   * A ServerError of the SDK's HTTP client still has the body of the answer,
   * `{ code, name, error, data? }`. A MatchMakeError has only its text, which the
   * server writes as `NAME: message`. Anything else that answered (a proxy, a bare
   * Colyseus) is known by its HTTP status at most, and an error without a status is
   * a road that did not even lead to a server.
   */
  static fromMatchMake(thrown: unknown): GatehouseError {
    if (thrown instanceof GatehouseError) return thrown;
    const { name, code, message, data } = asFields(thrown);
    const text = typeof message === 'string' ? message : 'Something that is no error was thrown';
    const body = asFields(data);
    const known =
      (typeof body.code === 'number' ? errorNameOf(body.code) : undefined) ??
      (typeof code === 'number' ? errorNameOf(code) : undefined) ??
      nameInText(text);
    if (known !== undefined) return GatehouseError.of(known, { message: text, data: body.data, cause: thrown });
    if (typeof code === 'number') {
      const byStatus = nameOfStatus(code);
      if (byStatus === undefined) return GatehouseError.unknown(code, text, { cause: thrown });
      return GatehouseError.of(byStatus, { message: text, cause: thrown });
    }
    if (name === 'ServerError' || name === 'MatchMakeError')
      return GatehouseError.of('UNAVAILABLE', { message: text, cause: thrown });
    return GatehouseError.unknown(0, text, { cause: thrown });
  }
}

/**
 * The end of a connection, by the close-code catalogue. A code that this version
 * does not know goes by its range, with `name` UNKNOWN.
 */
export class ConnectionEnded extends Error {
  override readonly name: CloseCodeName | 'UNKNOWN';
  /** WebSocket close code. */
  readonly code: number;
  /** What the kit does, or the application should do, next. */
  readonly next: NextStep;
  /** One sentence to show a player. */
  readonly sentence: string;
  /** True when coming back is welcome: by itself (resume, refresh, later) or by joining anew (rejoin). */
  readonly retryable: boolean;
  /** The server's own words, often empty. For a developer. */
  readonly reason: string;

  /** `sentence`: for a player, where more is known than the code says. */
  constructor(
    code: number,
    details: { readonly reason?: string; readonly sentence?: string; readonly cause?: unknown } = {},
  ) {
    const name = closeNameOf(code);
    super(name === undefined ? `The connection was closed with ${code}` : closeCodes[name].message, details);
    this.name = name ?? 'UNKNOWN';
    this.code = code;
    this.next = nextStep(code);
    this.sentence = details.sentence ?? (name === undefined ? sentenceOf[this.next] : closeCodes[name].sentence);
    this.retryable = this.next !== 'stop';
    this.reason = details.reason ?? '';
  }
}

const sentenceOf: Record<NextStep, string> = {
  resume: 'The connection was interrupted.',
  refresh: 'Your sign-in has expired.',
  later: 'The server asks for a short pause.',
  rejoin: 'Your place could not be kept.',
  stop: 'The connection was closed.',
};

/** The properties of any value, so that what was thrown can be looked at without trust. */
function asFields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function nameInText(text: string): ErrorName | undefined {
  const name = /^([A-Z_]+)(?::|$)/.exec(text)?.[1];
  return name !== undefined && Object.hasOwn(errors, name) ? (name as ErrorName) : undefined;
}

/** Only statuses that mean the same whoever sends them; a 404 of a proxy says nothing about a room. */
function nameOfStatus(status: number): ErrorName | undefined {
  if (status === 413) return 'PAYLOAD_TOO_LARGE';
  if (status === 429) return 'RATE_LIMITED';
  if (status === 500) return 'INTERNAL_ERROR';
  if (status === 502 || status === 503) return 'UNAVAILABLE';
  return status === 504 ? 'TIMEOUT' : undefined;
}
