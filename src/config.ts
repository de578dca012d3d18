import type { z } from 'zod';
import { type Option, options } from './config-options.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Config {
  readonly production: boolean;
  readonly port: number;
  readonly host: string;
  /** Host, optionally with a path, that clients reach this node under; undefined: the one they came by. */
  readonly publicAddress: string | undefined;
  /** Host and port that other nodes reach this one under; undefined: where it listens. */
  readonly nodeAddress: string | undefined;
  /** Redis and NATS, which nodes that work together share; undefined: one process, everything in memory. */
  readonly cluster: { readonly redisUrl: string; readonly natsUrl: string; readonly prefix: string } | undefined;
  readonly jwt: {
    readonly key:
      | { readonly kind: 'secret'; readonly secret: string }
      | { readonly kind: 'file'; readonly path: string }
      | { readonly kind: 'jwks'; readonly url: string };
    readonly issuer: string | undefined;
    readonly audience: string | undefined;
    readonly leewaySeconds: number;
    readonly maxBytes: number;
  };
  /** True when this server signs tokens for anybody who asks: development without a configured key. */
  readonly devTokens: boolean;
  /** `*` alone allows all; an empty list allows the server's own host and clients that send no origin. */
  readonly allowedOrigins: readonly string[];
  readonly trustProxy: number;
  readonly monitor: 'admin' | 'open' | 'off';
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly limits: {
    readonly payloadBytes: number;
    readonly connections: number;
    readonly connectionsPerAddress: number;
    readonly messagesPerSecond: number;
    readonly bytesPerSecond: number;
    readonly joinsPerAddressPerMinute: number;
    readonly joinsPerUserPerMinute: number;
    readonly rooms: number;
    readonly batch: number;
  };
  readonly timing: {
    readonly reconnectWindowMs: number;
    readonly joinTimeoutMs: number;
    readonly heartbeatMs: number;
    readonly expiryNoticeMs: number;
    readonly expiryGraceMs: number;
    readonly presenceGraceMs: number;
  };
}

/** A configuration that cannot be used. Its message is for the person who starts the server. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The secret of development. Production refuses it. */
export const DEV_SECRET = 'gatehouse-development-secret-do-not-use';

type Values = { [K in keyof typeof options]: z.output<(typeof options)[K]['schema']> };

/**
 * Reads the whole configuration from the environment.
 * @throws ConfigError naming the variable, what is wrong with it and an example.
 */
export function readConfig(env: Environment = process.env): Config {
  const v = readValues(env);
  const production = v.NODE_ENV === 'production';
  const sources = ['JWT_SECRET', 'JWT_PUBLIC_KEY_FILE', 'JWT_JWKS_URL'] as const;
  const given = sources.filter((name) => v[name] !== undefined);
  if (given.length > 1)
    throw new ConfigError(`Set only one of ${given.join(' and ')}: a server trusts one kind of key.`);
  if (production) refuseUnsafe(v);
  if ((v.REDIS_URL === undefined) !== (v.NATS_URL === undefined)) {
    throw new ConfigError(
      'REDIS_URL and NATS_URL belong together: one keeps what nodes share, the other tells them of changes. ' +
        'Example: REDIS_URL=redis://127.0.0.1:6379 NATS_URL=nats://127.0.0.1:4222',
    );
  }

  const config: Config = {
    production,
    port: v.PORT,
    host: v.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    publicAddress: v.PUBLIC_ADDRESS,
    nodeAddress: v.NODE_ADDRESS,
    cluster:
      v.REDIS_URL === undefined || v.NATS_URL === undefined
        ? undefined
        : { redisUrl: v.REDIS_URL, natsUrl: v.NATS_URL, prefix: v.CLUSTER_PREFIX },
    jwt: {
      key:
        v.JWT_JWKS_URL !== undefined
          ? { kind: 'jwks', url: v.JWT_JWKS_URL }
          : v.JWT_PUBLIC_KEY_FILE !== undefined
            ? { kind: 'file', path: v.JWT_PUBLIC_KEY_FILE }
            : { kind: 'secret', secret: v.JWT_SECRET ?? DEV_SECRET },
      issuer: v.JWT_ISSUER,
      audience: v.JWT_AUDIENCE,
      leewaySeconds: v.JWT_LEEWAY,
      maxBytes: v.MAX_TOKEN_BYTES,
    },
    devTokens: !production && given.length === 0,
    allowedOrigins: v.ALLOWED_ORIGINS,
    trustProxy: v.TRUST_PROXY,
    monitor: v.MONITOR,
    logLevel: v.LOG_LEVEL,
    limits: {
      payloadBytes: v.MAX_PAYLOAD,
      connections: v.MAX_CONNECTIONS,
      connectionsPerAddress: v.MAX_CONNECTIONS_PER_ADDRESS,
      messagesPerSecond: v.MESSAGES_PER_SECOND,
      bytesPerSecond: v.BYTES_PER_SECOND,
      joinsPerAddressPerMinute: v.JOINS_PER_ADDRESS,
      joinsPerUserPerMinute: v.JOINS_PER_USER,
      rooms: v.MAX_ROOMS,
      batch: v.MAX_BATCH,
    },
    timing: {
      reconnectWindowMs: v.RECONNECT_WINDOW * 1_000,
      joinTimeoutMs: v.JOIN_TIMEOUT * 1_000,
      heartbeatMs: v.HEARTBEAT * 1_000,
      expiryNoticeMs: v.EXPIRY_NOTICE * 1_000,
      expiryGraceMs: v.EXPIRY_GRACE * 1_000,
      presenceGraceMs: v.PRESENCE_GRACE * 1_000,
    },
  };
  return deepFreeze(config);
}

function readValues(env: Environment): Values {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries<Option>(options)) {
    const text = env[name];
    const parsed = option.schema.safeParse(text === undefined || text === '' ? undefined : text);
    if (!parsed.success) {
      const problem = parsed.error.issues[0]?.message ?? 'is not valid';
      const shown = option.secret ? '(hidden)' : JSON.stringify(text);
      throw new ConfigError(`${name}=${shown} ${problem}. Example: ${name}=${option.example}`);
    }
    values[name] = parsed.data;
  }
  return values as Values;
}

function refuseUnsafe(v: Values): void {
  if (v.JWT_SECRET === undefined && v.JWT_PUBLIC_KEY_FILE === undefined && v.JWT_JWKS_URL === undefined) {
    throw new ConfigError(
      'JWT_SECRET is missing: in production the server must know who signs its tokens. ' +
        'Example: JWT_SECRET=$(openssl rand -base64 48), or set JWT_PUBLIC_KEY_FILE or JWT_JWKS_URL',
    );
  }
  if (v.JWT_SECRET === DEV_SECRET) {
    throw new ConfigError(
      'JWT_SECRET is the development secret, which everybody knows. Example: JWT_SECRET=$(openssl rand -base64 48)',
    );
  }
  if (v.MONITOR === 'open') {
    throw new ConfigError('MONITOR="open" shows every room to everybody. In production use: MONITOR=admin');
  }
  if (v.ALLOWED_ORIGINS.includes('*')) {
    throw new ConfigError(
      'ALLOWED_ORIGINS="*" lets every web page use a player\'s token. Example: ALLOWED_ORIGINS=https://play.example.com',
    );
  }
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
