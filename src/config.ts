import { readFileSync } from 'node:fs';
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
  readonly cluster: ClusterConfig | undefined;
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
  /** What a reader of `/metrics` must show; undefined: open in development, off in production. */
  readonly metricsToken: string | undefined;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly traces: {
    /** Of a collector; undefined: there are none. */
    readonly url: string | undefined;
    /** Of JSON-RPC calls, how many are traced, from 0 to 1. */
    readonly rpcShare: number;
  };
  /** How lines name users. */
  readonly logUsers: 'plain' | 'hashed';
  readonly limits: {
    readonly payloadBytes: number;
    readonly connections: number;
    readonly connectionsPerAddress: number;
    readonly messagesPerSecond: number;
    readonly bytesPerSecond: number;
    readonly callsPerSecond: number;
    readonly joinsPerAddressPerMinute: number;
    readonly joinsPerUserPerMinute: number;
    readonly rooms: number;
    readonly batch: number;
  };
  readonly outbox: {
    readonly bytes: number;
    readonly ageMs: number;
    readonly totalBytes: number;
    /** 0: never. */
    readonly compressFrom: number;
    /** 0: as fast as the client reads. */
    readonly bytesPerSecond: number;
    /** 0: no bound. */
    readonly totalBytesPerSecond: number;
  };
  /** What a room keeps of its numbered notifications. */
  readonly journal: {
    readonly entries: number;
    readonly bytes: number;
    readonly ageMs: number;
  };
  readonly snapshots: {
    /** 0: none are taken. */
    readonly everyMs: number;
    readonly bytes: number;
  };
  readonly timing: {
    readonly reconnectWindowMs: number;
    readonly joinTimeoutMs: number;
    readonly heartbeatMs: number;
    readonly expiryNoticeMs: number;
    readonly expiryGraceMs: number;
    readonly presenceGraceMs: number;
    /** 0: never. */
    readonly stateCheckMs: number;
  };
}

/** Files are paths; they were readable at the start. */
export interface ClusterConfig {
  readonly redisUrl: string;
  readonly redisCaFile: string | undefined;
  readonly natsUrl: string;
  readonly natsCredsFile: string | undefined;
  readonly natsNkeyFile: string | undefined;
  readonly natsCaFile: string | undefined;
  readonly prefix: string;
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

  const config: Config = {
    production,
    port: v.PORT,
    host: v.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    publicAddress: v.PUBLIC_ADDRESS,
    nodeAddress: v.NODE_ADDRESS,
    cluster: clusterOf(v),
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
    metricsToken: v.METRICS_TOKEN,
    logLevel: v.LOG_LEVEL,
    logUsers: v.LOG_USERS,
    traces: { url: v.OTEL_EXPORTER_OTLP_ENDPOINT, rpcShare: v.TRACE_RPC_SHARE },
    limits: {
      payloadBytes: v.MAX_PAYLOAD,
      connections: v.MAX_CONNECTIONS,
      connectionsPerAddress: v.MAX_CONNECTIONS_PER_ADDRESS,
      messagesPerSecond: v.MESSAGES_PER_SECOND,
      bytesPerSecond: v.BYTES_PER_SECOND,
      callsPerSecond: v.CALLS_PER_SECOND,
      joinsPerAddressPerMinute: v.JOINS_PER_ADDRESS,
      joinsPerUserPerMinute: v.JOINS_PER_USER,
      rooms: v.MAX_ROOMS,
      batch: v.MAX_BATCH,
    },
    outbox: {
      bytes: v.OUTBOX_BYTES,
      ageMs: v.OUTBOX_AGE * 1_000,
      totalBytes: v.OUTBOX_TOTAL_BYTES,
      compressFrom: v.COMPRESS_FROM,
      bytesPerSecond: v.SEND_BYTES_PER_SECOND,
      totalBytesPerSecond: v.SEND_TOTAL_BYTES_PER_SECOND,
    },
    journal: {
      entries: v.JOURNAL_ENTRIES,
      bytes: v.JOURNAL_BYTES,
      ageMs: v.JOURNAL_AGE * 1_000,
    },
    snapshots: {
      everyMs: v.SNAPSHOT_INTERVAL * 1_000,
      bytes: v.SNAPSHOT_BYTES,
    },
    timing: {
      reconnectWindowMs: v.RECONNECT_WINDOW * 1_000,
      joinTimeoutMs: v.JOIN_TIMEOUT * 1_000,
      heartbeatMs: v.HEARTBEAT * 1_000,
      expiryNoticeMs: v.EXPIRY_NOTICE * 1_000,
      expiryGraceMs: v.EXPIRY_GRACE * 1_000,
      presenceGraceMs: v.PRESENCE_GRACE * 1_000,
      stateCheckMs: v.STATE_CHECK * 1_000,
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
    if (option.file !== undefined && typeof parsed.data === 'string') {
      const problem = problemOfFile(parsed.data, option.file);
      if (problem !== undefined) {
        throw new ConfigError(`${name}=${JSON.stringify(text)} ${problem}. Example: ${name}=${option.example}`);
      }
    }
    values[name] = parsed.data;
  }
  return values as Values;
}

function problemOfFile(path: string, problemOf: NonNullable<Option['file']>): string | undefined {
  try {
    return problemOf(readFileSync(path, 'utf8'));
  } catch (error) {
    // Without the path and the system call that follow in it.
    const [why] = (error as Error).message.split(',');
    return `is no file that can be read (${why})`;
  }
}

function clusterOf(v: Values): ClusterConfig | undefined {
  const { REDIS_URL: redisUrl, NATS_URL: natsUrl } = v;
  if ((redisUrl === undefined) !== (natsUrl === undefined)) {
    throw new ConfigError(
      'REDIS_URL and NATS_URL belong together: one keeps what nodes share, the other tells them of changes. ' +
        'Example: REDIS_URL=redis://127.0.0.1:6379 NATS_URL=nats://127.0.0.1:4222',
    );
  }
  // A file that is not used is an address that was forgotten, or one that sends in the clear what was meant to be secret.
  if (v.NATS_CREDS_FILE !== undefined && v.NATS_NKEY_FILE !== undefined) {
    throw new ConfigError('Set only one of NATS_CREDS_FILE and NATS_NKEY_FILE: a server is one user of NATS.');
  }
  for (const name of ['NATS_CREDS_FILE', 'NATS_NKEY_FILE'] as const) {
    if (v[name] !== undefined && natsUrl === undefined) {
      throw new ConfigError(`${name} must go with NATS_URL. Example: NATS_URL=nats://nats.example.com:4222`);
    }
  }
  if (v.NATS_CA_FILE !== undefined && !/(^|,)tls:/.test(natsUrl ?? '')) {
    throw new ConfigError('NATS_CA_FILE must go with TLS. Example: NATS_URL=tls://nats.example.com:4222');
  }
  if (v.REDIS_CA_FILE !== undefined && !redisUrl?.startsWith('rediss:')) {
    throw new ConfigError('REDIS_CA_FILE must go with TLS. Example: REDIS_URL=rediss://redis.example.com:6379');
  }
  if (redisUrl === undefined || natsUrl === undefined) return undefined;
  return {
    redisUrl,
    redisCaFile: v.REDIS_CA_FILE,
    natsUrl,
    natsCredsFile: v.NATS_CREDS_FILE,
    natsNkeyFile: v.NATS_NKEY_FILE,
    natsCaFile: v.NATS_CA_FILE,
    prefix: v.CLUSTER_PREFIX,
  };
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
