import { type ErrorName, errors } from '../schema/index.ts';

/** An error that a caller may see. Everything else that a handler throws becomes INTERNAL_ERROR. */
export class GatehouseError extends Error {
  override readonly name = 'GatehouseError';
  readonly error: ErrorName;
  /** JSON that goes to the caller with the error; never internals. */
  readonly data: unknown;

  constructor(error: ErrorName, data?: unknown) {
    super(`${error}: ${errors[error].message}`);
    this.error = error;
    this.data = data;
  }

  /** The JSON-RPC code, as Colyseus reads it from errors. */
  get code(): number {
    return errors[this.error].code;
  }
}

/** `throw fail('CONFLICT', { current })`. */
export function fail(error: ErrorName, data?: unknown): GatehouseError {
  return new GatehouseError(error, data);
}

/** What a log line may say of something that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const MAX_ISSUES = 5;
const MAX_ISSUE_TEXT = 200;

/** What is wrong with what was sent, in the caller's own words, bounded. */
export function issuesOf(
  issues: ReadonlyArray<{ path: PropertyKey[]; message: string }>,
): Array<{ path: string; message: string }> {
  return issues.slice(0, MAX_ISSUES).map((issue) => ({
    path: issue.path.map(String).join('.').slice(0, MAX_ISSUE_TEXT),
    message: issue.message.slice(0, MAX_ISSUE_TEXT),
  }));
}
