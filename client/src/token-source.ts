import { GatehouseError } from './errors.ts';

/** A token that never changes, or a function that gets a valid one whenever it is called. */
export type Token = string | (() => string | Promise<string>);

/** The token of the user, and the way to a new one. Shared by all connections of one client. */
export class TokenSource {
  readonly #token: Token;
  #latest: string | undefined;
  #renewal: Promise<string> | undefined;

  constructor(token: Token) {
    this.#token = token;
  }

  /** False for a fixed token: asking again would give the one that has just been refused. */
  get renewable(): boolean {
    return typeof this.#token === 'function';
  }

  /** The token that was got last. */
  get latest(): string | undefined {
    return this.#latest;
  }

  /**
   * Gets a token. Calls that overlap share one, so that a thousand rooms of one
   * user ask the sign-in service once. Rejects with what the function threw, or
   * with TOKEN_MISSING when it gave none.
   */
  renew(): Promise<string> {
    this.#renewal ??= this.#fetch().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #fetch(): Promise<string> {
    const token: unknown = typeof this.#token === 'function' ? await this.#token() : this.#token;
    if (typeof token !== 'string' || token === '') throw GatehouseError.of('TOKEN_MISSING');
    this.#latest = token;
    return token;
  }
}
