import { readFileSync } from 'node:fs';
import {
  type Authenticator,
  AuthorizationError,
  connect,
  credsAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
  nkeyAuthenticator,
} from '@nats-io/transport-node';
import { ConfigError } from '../../config.ts';
import { options } from '../../config-options.ts';
import { ignoreLateTlsErrors } from '../system/late-tls-errors.ts';

/** What the library takes (user, pass, token, authenticator, tls, reconnect times …), beside what Gatehouse decides. */
export interface NatsOptions
  extends Omit<
    NodeConnectionOptions,
    'servers' | 'port' | 'reconnect' | 'maxReconnectAttempts' | 'waitOnFirstConnect'
  > {
  /** `nats://host:4222`, several with commas. `tls://` insists on TLS; `user:password@` or `token@` before the host is taken. */
  readonly servers: string;
  /** File with a user's JWT and seed, as `nsc` writes it. Read again for each connection, so that it can be renewed. */
  readonly credsFile?: string | undefined;
  /** File with the seed of an nkey. */
  readonly nkeyFile?: string | undefined;
  /** How long the first connection is tried for. Default 10,000. */
  readonly startTimeoutMs?: number | undefined;
}

/** One attempt to connect may take so long; pings find a silent server within three intervals. */
const DEFAULTS = { timeout: 5_000, pingInterval: 3_000, maxPingOut: 2, reconnectTimeWait: 250, reconnectJitter: 750 };
const START_TIMEOUT_MS = 10_000;

/** Makes connections, all alike. */
export class Dialer {
  readonly #settings: NodeConnectionOptions;
  readonly #shown: string;
  readonly #startTimeoutMs: number;

  /** @throws ConfigError when an address or a file is of no use */
  constructor(options: NatsOptions) {
    const { settings, shown } = settingsOf(options);
    this.#settings = settings;
    this.#shown = shown;
    this.#startTimeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
  }

  /** @throws ConfigError when no server lets us in within the start timeout; at once when it refuses the credentials */
  async first(): Promise<NatsConnection> {
    const giveUpAt = performance.now() + this.#startTimeoutMs;
    for (;;) {
      try {
        return await connect(this.#settings);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (error instanceof AuthorizationError) {
          const where = 'Look at NATS_URL, NATS_CREDS_FILE or NATS_NKEY_FILE: which user do they name?';
          throw new ConfigError(`NATS at ${this.#shown} refuses the credentials: ${why}. ${where}`);
        }
        if (performance.now() >= giveUpAt) {
          const advice = why.includes('certificate')
            ? 'Does NATS_CA_FILE hold the authority that vouches for it, and NATS_URL its name?'
            : 'Is nats-server running there?';
          throw new ConfigError(`NATS at ${this.#shown} cannot be reached: ${why}. ${advice}`);
        }
      }
      await this.#pause();
    }
  }

  /** Tries for ever; undefined once it is over. */
  async again(isOver: () => boolean): Promise<NatsConnection | undefined> {
    while (!isOver()) {
      try {
        const nats = await connect(this.#settings);
        if (!isOver()) return nats;
        await nats.close();
      } catch {
        // Out of reach, or not let in yet: whoever asks the bus is told so.
      }
      await this.#pause();
    }
    return undefined;
  }

  async #pause(): Promise<void> {
    const { reconnectTimeWait = 0, reconnectJitter = 0 } = this.#settings;
    const ms = reconnectTimeWait + Math.random() * reconnectJitter;
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}

/** For the library, and the servers without credentials, for messages. @throws ConfigError */
export function settingsOf(options: NatsOptions): { settings: NodeConnectionOptions; shown: string } {
  const { servers: text, credsFile, nkeyFile, startTimeoutMs: _, ...given } = options;
  const urls = text.split(',').map((part) => parse(part.trim()));
  const named = urls.find((url) => url.username !== '');
  // Also without `tls:`, as a server may insist on it.
  ignoreLateTlsErrors();
  const [user, pass] = [named?.username, named?.password].map((part) => part && decodeURIComponent(part));
  const authenticators = [
    given.authenticator ?? [],
    fromFile('NATS_CREDS_FILE', credsFile, credsAuthenticator),
    fromFile('NATS_NKEY_FILE', nkeyFile, seedAuthenticator),
  ];
  return {
    shown: urls.map((url) => url.host).join(', '),
    settings: {
      ...DEFAULTS,
      reconnectJitterTLS: DEFAULTS.reconnectJitter,
      name: 'gatehouse',
      ...(pass ? { user, pass } : user ? { token: user } : {}),
      ...(urls.some((url) => url.protocol === 'tls:') ? { tls: {} } : {}),
      ...given,
      authenticator: authenticators.flat(),
      servers: urls.map((url) => url.host),
      // For ever: a node without its bus still has its players.
      maxReconnectAttempts: -1,
      // Credentials that are refused today may be renewed tomorrow; the default gives up at the second refusal.
      ignoreAuthErrorAbort: true,
      // A stack of each request's caller costs more than the request.
      noAsyncTraces: true,
    },
  };
}

function parse(server: string): URL {
  const url = URL.parse(/^[a-z]+:\/\//.test(server) ? server : `nats://${server}`);
  if (url === null || url.host === '' || !['nats:', 'tls:'].includes(url.protocol)) {
    throw new ConfigError('The address of NATS must be nats://host:port or tls://host:port, several with commas.');
  }
  return url;
}

const seedAuthenticator = (content: Uint8Array) =>
  nkeyAuthenticator(Buffer.from(Buffer.from(content).toString().trim()));

/** From a file that may be replaced while we run. @throws ConfigError when it is of no use now */
function fromFile(
  name: 'NATS_CREDS_FILE' | 'NATS_NKEY_FILE',
  path: string | undefined,
  make: (content: Uint8Array) => Authenticator,
): Authenticator[] {
  if (path === undefined) return [];
  let good: Authenticator;
  try {
    good = make(readFileSync(path));
    good('nonce');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const { example } = options[name];
    throw new ConfigError(`${name}=${JSON.stringify(path)} is of no use (${why}). Example: ${name}=${example}`);
  }
  return [
    (nonce) => {
      try {
        const renewed = make(readFileSync(path));
        const auth = renewed(nonce);
        good = renewed;
        return auth;
      } catch {
        // Half written, or gone for a moment: the library would give the connection up for good.
        return good(nonce);
      }
    },
  ];
}
