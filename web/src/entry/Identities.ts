import { GatehouseError } from '@gatehouse/client';

/** Who this tab is. Two tabs are two people, so it lies in sessionStorage. */
export interface Identity {
  readonly name: string;
  readonly token: string;
  /** `exp` of the token, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** True when the server made it for the asking; false when the visitor brought it. */
  readonly made: boolean;
}

/** The server hands out no tokens: it runs in production, or has a key of its own. */
export class NoTokensHere extends Error {
  override readonly name = 'NoTokensHere';
}

const KEY = 'gatehouse.identity';
/** A token that ends sooner is followed by another one. */
const LEAST_LEFT_MS = 10 * 60_000;

/** Gets, keeps and forgets the identity of this tab. */
export class Identities {
  #kept: Identity | null = read();

  get kept(): Identity | null {
    return this.#kept;
  }

  /** The kept one when it is of this name; one that is not good any more is a new user. Throws NoTokensHere, GatehouseError. */
  async named(name: string): Promise<Identity> {
    const kept = this.#kept;
    if (kept?.name === name) {
      const lasting = await this.#lasting(kept).catch(() => null);
      if (lasting !== null) return lasting;
    }
    const { token } = await askForToken({ name });
    return this.#keep({ name, token, expiresAt: claimsOf(token).expiresAt, made: true });
  }

  /** The token of this person, now and whenever it is asked for again: the user stays the same. Throws GatehouseError. */
  async tokenOf(identity: Identity): Promise<string> {
    const kept = this.#kept;
    const { token } = await this.#lasting(kept?.name === identity.name ? kept : identity);
    return token;
  }

  /** One that is good for a while: the server that made a token makes the next one for its bearer. */
  async #lasting(identity: Identity): Promise<Identity> {
    if (!identity.made || identity.expiresAt - Date.now() > LEAST_LEFT_MS) return identity;
    const { token } = await askForToken({ bearer: identity.token });
    return this.#keep({ ...identity, token, expiresAt: claimsOf(token).expiresAt });
  }

  /** An identity that the visitor brought. Throws TOKEN_INVALID for what is no token at all. */
  given(token: string): Identity {
    const { name, expiresAt } = claimsOf(token);
    return this.#keep({ name, token, expiresAt, made: false });
  }

  /** The next `named` makes a new user. */
  forget(): void {
    this.#kept = null;
    sessionStorage.removeItem(KEY);
  }

  #keep(identity: Identity): Identity {
    this.#kept = identity;
    sessionStorage.setItem(KEY, JSON.stringify(identity));
    return identity;
  }
}

function read(): Identity | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Partial<Identity> | null;
    const whole =
      typeof kept?.name === 'string' && typeof kept.token === 'string' && typeof kept.expiresAt === 'number';
    return whole ? (kept as Identity) : null;
  } catch {
    return null;
  }
}

/** For a new user of this name, or for the user whose token it is. */
async function askForToken({ name, bearer }: { name?: string; bearer?: string }): Promise<{ token: string }> {
  const headers = { 'Content-Type': 'application/json', ...(bearer && { Authorization: `Bearer ${bearer}` }) };
  const request = { method: 'POST', headers, body: JSON.stringify({ name }) };
  const response = await fetch('/v1/dev/token', request).catch((cause: unknown) => {
    throw GatehouseError.of('UNAVAILABLE', { cause });
  });
  if (response.status === 404) throw new NoTokensHere();
  const answer = (await response.json().catch(() => null)) as { token?: unknown; code?: unknown } | null;
  if (response.ok && typeof answer?.token === 'string') return { token: answer.token };
  const code = typeof answer?.code === 'number' ? answer.code : response.status;
  throw GatehouseError.fromRpc({ code, message: `The token was refused with ${response.status}` });
}

/** What the page shows of a token. Whether it is good, only the server can say. */
function claimsOf(token: string): { name: string; expiresAt: number } {
  try {
    const payload = token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
    const { sub, name, exp } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    return { name: String(name ?? sub), expiresAt: Number(exp) * 1_000 };
  } catch (cause) {
    throw GatehouseError.of('TOKEN_INVALID', { cause });
  }
}
