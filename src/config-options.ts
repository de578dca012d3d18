import { X509Certificate } from 'node:crypto';
import { z } from 'zod';

/** One environment variable. `docs/configuration.md` is made from these. */
export interface Option {
  readonly schema: z.ZodType;
  readonly group: 'Network' | 'Cluster' | 'Identity' | 'Limits' | 'Outbox' | 'Timing' | 'Operation';
  readonly example: string;
  /** As text, for the document. */
  readonly default: string;
  /** What it does. */
  readonly effect: string;
  /** What goes wrong with a bad choice. */
  readonly harm: string;
  /** Its value is never printed. */
  readonly secret?: true;
  /** Its value is the path of a file, which must be readable at the start. Says what the content must be, when it is not. */
  readonly file?: (content: string) => string | undefined;
}

const whole = (min: number, max: number, unit: string) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a whole number from ${min} to ${max}${unit === '' ? '' : ` (${unit})`}`,
    })
    .transform(Number);

/** Less than the least would keep everybody out. */
const zeroOr = (min: number, max: number, unit: string) =>
  z
    .string()
    .refine((text) => text === '0' || (/^\d+$/.test(text) && Number(text) >= min && Number(text) <= max), {
      error: `must be 0, or a whole number from ${min} to ${max} (${unit})`,
    })
    .transform(Number);

const seconds = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d+(\.\d+)?$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a number from ${min} to ${max} (seconds)`,
    })
    .transform(Number);

const text = z.string().min(1).optional();
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const origin = z.string().refine((value) => value === '*' || (URL.canParse(value) && new URL(value).origin === value), {
  error: 'must be origins such as https://play.example.com, without a path, separated by commas',
});

/** Node takes anything for an authority, and then trusts nobody. */
const authorities = (content: string) => {
  const pems = content.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const pem of pems) new X509Certificate(pem);
    if (pems.length > 0) return undefined;
  } catch {
    // A block that only looks like a certificate.
  }
  return 'must hold certificates in PEM';
};
const credentials = (content: string) =>
  /BEGIN NATS USER JWT.+BEGIN USER NKEY SEED/s.test(content)
    ? undefined
    : 'must hold the JWT and the seed of a user, as nsc writes them';
const seed = (content: string) =>
  /^SU[A-Z2-7]{56}$/.test(content.trim()) ? undefined : "must hold the seed of a user's nkey (SU…) and nothing else";

export const options = {
  PORT: {
    schema: whole(0, 65_535, '').default(2567),
    group: 'Network',
    example: '2567',
    default: '2567',
    effect: 'TCP port for HTTP and WebSocket. 0 takes a free one, which the start line names.',
    harm: 'A port below 1024 needs privileges.',
  },
  HOST: {
    schema: text,
    group: 'Network',
    example: '0.0.0.0',
    default: '127.0.0.1; 0.0.0.0 in production',
    effect: 'Address to listen on.',
    harm: 'In development everybody who reaches the port can make themselves a token; keep it on 127.0.0.1.',
  },
  PUBLIC_ADDRESS: {
    schema: z
      .string()
      .regex(/^[A-Za-z0-9.\-[\]:]+(\/[A-Za-z0-9._~-]+)*$/, {
        error: 'must be a host with an optional port and path, without a scheme',
      })
      .optional(),
    group: 'Network',
    example: 'play.example.com/n1',
    default: 'the address that the client came by',
    effect: 'Where clients reach this very node; it is put into each seat.',
    harm: 'A wrong one lets clients find the seat but not the node.',
  },
  NODE_ADDRESS: {
    schema: z
      .string()
      .regex(/^[A-Za-z0-9.\-[\]:]+:\d+$/, { error: 'must be a host and a port, without a scheme' })
      .optional(),
    group: 'Network',
    example: '10.0.0.5:2567',
    default: 'where it listens; 127.0.0.1 for a server that listens everywhere',
    effect: 'Where other nodes reach this one, to hand over connections.',
    harm: 'A wrong one makes connections fail that arrive at another node.',
  },
  ALLOWED_ORIGINS: {
    schema: z
      .string()
      .transform((value) =>
        value
          .split(',')
          .map((part) => part.trim().replace(/\/$/, ''))
          .filter((part) => part !== ''),
      )
      .pipe(z.array(origin))
      .default([]),
    group: 'Network',
    example: 'https://play.example.com,https://play.example.org',
    default: "the server's own host only",
    effect:
      'Web origins that may join, for matchmaking and for the WebSocket. Clients that send no Origin (native, Node) are not asked. `*` allows all.',
    harm: 'Too wide, and a foreign page can play with a token that it got hold of. Production refuses `*`.',
  },
  TRUST_PROXY: {
    schema: whole(0, 5, 'proxies').default(0),
    group: 'Network',
    example: '1',
    default: '0',
    effect: 'How many proxies stand in front; the address of a client is read that far back in X-Forwarded-For.',
    harm: 'Too high, and a client can choose its own address and so escape the limits per address.',
  },
  REDIS_URL: {
    schema: z
      .string()
      .regex(/^rediss?:\/\/\S+$/, { error: 'must be a redis:// or rediss:// URL' })
      .optional(),
    group: 'Cluster',
    example: 'redis://127.0.0.1:6379',
    default: 'none: one process, everything in memory',
    effect:
      'Keeps what several nodes share: sessions, revocations, presence, listings. Goes with NATS_URL. rediss:// speaks TLS.',
    harm: 'A Redis that loses its data loses who was lately online and what was revoked.',
    secret: true,
  },
  REDIS_CA_FILE: {
    schema: text,
    group: 'Cluster',
    example: '/etc/gatehouse/redis-ca.pem',
    default: 'the authorities that Node trusts',
    effect: 'PEM file of the authorities that vouch for a Redis at rediss://. Read at the start.',
    harm: 'No other authority is trusted then, no public one either.',
    file: authorities,
  },
  NATS_URL: {
    schema: z
      .string()
      .regex(/^(nats|tls):\/\/\S+$/, { error: 'must be nats:// or tls:// URLs, separated by commas' })
      .optional(),
    group: 'Cluster',
    example: 'nats://127.0.0.1:4222',
    default: 'none',
    effect:
      'Tells nodes and services of changes. Goes with REDIS_URL. tls:// insists on TLS; user:password@ or token@ is taken.',
    harm: 'Whoever may publish there can notify every player: give services permissions.',
    secret: true,
  },
  NATS_CREDS_FILE: {
    schema: text,
    group: 'Cluster',
    example: '/etc/gatehouse/nats.creds',
    default: 'none',
    effect: 'Credentials of a user (JWT and seed), as `nsc` writes them. Read again for each connection.',
    harm: 'Whoever reads it is this server: keep it out of images and repositories.',
    file: credentials,
  },
  NATS_NKEY_FILE: {
    schema: text,
    group: 'Cluster',
    example: '/etc/gatehouse/nats.nk',
    default: 'none',
    effect: "Seed of a user's nkey, in place of NATS_CREDS_FILE. Read again for each connection.",
    harm: 'As of NATS_CREDS_FILE.',
    file: seed,
  },
  NATS_CA_FILE: {
    schema: text,
    group: 'Cluster',
    example: '/etc/gatehouse/nats-ca.pem',
    default: 'the authorities that Node trusts',
    effect: 'PEM file of the authorities that vouch for a NATS at tls://. Read again for each connection.',
    harm: 'No other authority is trusted then, no public one either.',
    file: authorities,
  },
  CLUSTER_PREFIX: {
    schema: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,32}$/, { error: 'must be 1 to 32 letters, digits, _ or -' })
      .default('gatehouse'),
    group: 'Cluster',
    example: 'gatehouse',
    default: 'gatehouse',
    effect: 'Begins every key in Redis and every subject in NATS, so that deployments can share servers.',
    harm: 'Two deployments with one prefix are one deployment.',
  },
  JWT_SECRET: {
    schema: z.string().min(32, { error: 'must have at least 32 characters' }).optional(),
    group: 'Identity',
    example: '$(openssl rand -base64 48)',
    default: 'a well-known one in development; none in production',
    effect: 'Verifies HS256 tokens, and only those.',
    harm: 'Whoever knows it is everybody. Production refuses the development secret.',
    secret: true,
  },
  JWT_PUBLIC_KEY_FILE: {
    schema: text,
    group: 'Identity',
    example: '/etc/gatehouse/issuer.pem',
    default: 'none',
    effect: 'PEM file of the issuer: an RSA key verifies RS256, a P-256 key ES256, and only that.',
    harm: 'A private key in its place would work, and should not lie here.',
  },
  JWT_JWKS_URL: {
    schema: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).optional(),
    group: 'Identity',
    example: 'https://issuer.example.com/.well-known/jwks.json',
    default: 'none',
    effect:
      "Fetches the issuer's keys (RS256, ES256): cached for 10 minutes, at most 10 fetches a minute, each at most 5 seconds.",
    harm: 'While the issuer is down, tokens with a key that is not cached are refused with UNAVAILABLE.',
  },
  JWT_ISSUER: {
    schema: text,
    group: 'Identity',
    example: 'https://issuer.example.com/',
    default: 'not checked',
    effect: 'The `iss` that a token must carry.',
    harm: 'Unset, every token of the key is good, whoever it was made for.',
  },
  JWT_AUDIENCE: {
    schema: text,
    group: 'Identity',
    example: 'my-game',
    default: 'not checked',
    effect: 'The `aud` that a token must carry.',
    harm: 'Unset, a token for another service of the same issuer opens this one.',
  },
  JWT_LEEWAY: {
    schema: seconds(0, 300).default(5),
    group: 'Identity',
    example: '5',
    default: '5 seconds',
    effect: 'Difference of clocks that is forgiven for `exp` and `nbf`.',
    harm: 'Too large keeps expired tokens alive for as long.',
  },
  MAX_TOKEN_BYTES: {
    schema: whole(256, 16_384, 'bytes').default(4_096),
    group: 'Identity',
    example: '4096',
    default: '4,096 bytes',
    effect: 'A longer token is refused before it is read.',
    harm: 'Too small refuses issuers with many claims.',
  },
  MAX_PAYLOAD: {
    schema: whole(1_024, 1_048_576, 'bytes').default(16_384),
    group: 'Limits',
    example: '16384',
    default: '16,384 bytes',
    effect: 'Largest frame from a client and largest HTTP body; a larger frame ends its connection with 1009.',
    harm: 'Large values cost memory: connections × payload at worst.',
  },
  MAX_CONNECTIONS: {
    schema: whole(1, 200_000, '').default(10_000),
    group: 'Limits',
    example: '10000',
    default: '10,000',
    effect: 'Sockets that one node holds; further ones get HTTP 503.',
    harm: 'More than the file descriptors of the process allow end in accept errors.',
  },
  MAX_CONNECTIONS_PER_ADDRESS: {
    schema: whole(1, 200_000, '').default(500),
    group: 'Limits',
    example: '500',
    default: '500',
    effect:
      'Sockets from one address; further ones get HTTP 429. Four times as many may be opened at once, and a tenth of it each second. A /64 of IPv6 is one address.',
    harm: 'Too low locks out schools and mobile carriers, where many share one address.',
  },
  MESSAGES_PER_SECOND: {
    schema: whole(10, 10_000, 'messages a second').default(200),
    group: 'Limits',
    example: '200',
    default: '200, and twice as many at once',
    effect: 'What one connection may send; beyond it ends with 4201. A player at 60 Hz sends about 60 to 70.',
    harm: 'Too low ends connections that come back from a stall with a burst.',
  },
  CALLS_PER_SECOND: {
    schema: whole(1, 10_000_000, 'a second').default(100),
    group: 'Limits',
    example: '100',
    default: '100, and twice as many at once',
    effect:
      'JSON-RPC calls of one session, those of a batch one by one, dear methods counting for several; beyond, RATE_LIMITED.',
    harm: 'Too low refuses pages that ask for a lot at the start.',
  },
  BYTES_PER_SECOND: {
    schema: whole(1_024, 100_000_000, 'bytes a second').default(65_536),
    group: 'Limits',
    example: '65536',
    default: '65,536, and four times as many at once',
    effect: 'What one session may send; beyond it its connection ends with 4201.',
    harm: 'Too high lets a few clients fill the uplink of the node.',
  },
  OUTBOX_BYTES: {
    schema: whole(65_536, 268_435_456, 'bytes').default(1_048_576),
    group: 'Outbox',
    example: '1048576',
    default: '1,048,576 (1 MiB)',
    effect: 'What may wait for one connection that is slow; beyond it ends with 4010, and its session is kept.',
    harm: 'Times MAX_CONNECTIONS it is memory, as far as OUTBOX_TOTAL_BYTES lets it. Too low ends players with a weak link.',
  },
  OUTBOX_AGE: {
    schema: seconds(1, 600).default(10),
    group: 'Outbox',
    example: '10',
    default: '10 seconds',
    effect: 'How long the oldest of it may wait before the connection ends with 4010. Half of it stops the patches.',
    harm: 'Too long shows a player a world of long ago; too short ends connections that only stall.',
  },
  OUTBOX_TOTAL_BYTES: {
    schema: whole(1_048_576, 68_719_476_736, 'bytes').default(268_435_456),
    group: 'Outbox',
    example: '268435456',
    default: '268,435,456 (256 MiB)',
    effect: 'What may wait for all connections of the node; beyond, each has a sixteenth of OUTBOX_BYTES.',
    harm: 'Too high lets many slow readers take the memory of the node.',
  },
  COMPRESS_FROM: {
    schema: whole(0, 268_435_456, 'bytes').default(4_096),
    group: 'Outbox',
    example: '4096',
    default: '4,096; 0 compresses nothing, either way',
    effect: 'Messages of so many bytes are deflated for clients that take it, with 50 ms of CPU a second at most.',
    harm: 'Small frames hardly shrink, and each costs as much CPU as writing several (docs/delivery.md).',
  },
  SEND_BYTES_PER_SECOND: {
    schema: zeroOr(4_096, 1_000_000_000, 'bytes a second').default(0),
    group: 'Outbox',
    example: '65536',
    default: '0: as fast as the client reads',
    effect: 'What one connection is sent on average; half a second of it at once.',
    harm: 'Less than the game needs makes everybody slow: patches come more rarely, then as the whole state.',
  },
  SEND_TOTAL_BYTES_PER_SECOND: {
    schema: zeroOr(65_536, 100_000_000_000, 'bytes a second').default(125_000_000),
    group: 'Outbox',
    example: '125000000',
    default: '125,000,000 (a gigabit a second); 0 is no bound',
    effect: 'What all connections of the node are sent together; beyond, rooms take turns.',
    harm: 'More than the uplink of the node leaves the choice to the network, which knows no rooms.',
  },
  JOINS_PER_ADDRESS: {
    schema: whole(1, 1_000_000, 'a minute').default(600),
    group: 'Limits',
    example: '600',
    default: '600 a minute, half of it at once',
    effect:
      'Requests of clients over HTTP from one address (matchmaking, sessions), good and bad; beyond it HTTP 429. Also bounds the work for strangers.',
    harm: 'Too low locks out shared addresses after a restart, when all come back.',
  },
  JOINS_PER_USER: {
    schema: whole(1, 100_000, 'a minute').default(60),
    group: 'Limits',
    example: '60',
    default: '60 a minute, half of it at once',
    effect: 'Joins of one user, and sessions recovered over HTTP; beyond it HTTP 429.',
    harm: 'Too low hurts a user with several tabs.',
  },
  MAX_ROOMS: {
    schema: whole(1, 100_000, '').default(1_000),
    group: 'Limits',
    example: '1000',
    default: '1,000',
    effect: 'Rooms of one node; beyond it no new one is made (UNAVAILABLE).',
    harm: 'Each room ticks: too many starve each other.',
  },
  MAX_BATCH: {
    schema: whole(1, 1_000, 'entries').default(50),
    group: 'Limits',
    example: '50',
    default: '50',
    effect: 'Entries of one JSON-RPC batch; a larger one is answered with BATCH_TOO_LARGE and not executed.',
    harm: 'A large batch holds the loop until its last entry.',
  },
  JOURNAL_ENTRIES: {
    schema: whole(0, 100_000, 'notifications').default(1_000),
    group: 'Limits',
    example: '1000',
    default: '1,000; 0 keeps none',
    effect: 'Numbered notifications that a room keeps for sessions that are away (docs/recovery.md).',
    harm: 'Too low tells players who return that they have missed something; who was away for longer is told anyway.',
  },
  JOURNAL_BYTES: {
    schema: whole(0, 67_108_864, 'bytes').default(1_048_576),
    group: 'Limits',
    example: '1048576',
    default: '1,048,576 (1 MiB)',
    effect:
      'What they may take together. One return gets at most half of OUTBOX_BYTES of them, or is told that it is more.',
    harm: 'Times MAX_ROOMS it is memory.',
  },
  JOURNAL_AGE: {
    schema: seconds(0, 3_600).default(120),
    group: 'Timing',
    example: '120',
    default: '120 seconds',
    effect: 'How long a room keeps a numbered notification.',
    harm: 'Shorter than RECONNECT_WINDOW, and a session may return that cannot be told what it has missed.',
  },
  SNAPSHOT_INTERVAL: {
    schema: seconds(0, 60).default(1),
    group: 'Cluster',
    example: '1',
    default: '1 second; 0 turns snapshots off',
    effect:
      'How often each room is saved to Redis, so that another node brings it back when this one dies (docs/continuity.md). Without REDIS_URL nothing outlives the process.',
    harm: 'What happened in a room since its last snapshot is lost with its node. 0: a room ends with its node.',
  },
  SNAPSHOT_BYTES: {
    schema: whole(1_024, 67_108_864, 'bytes').default(4_194_304),
    group: 'Cluster',
    example: '4194304',
    default: '4 MiB',
    effect: 'The largest snapshot. A room whose snapshot is larger is not saved, and that is counted.',
    harm: 'Too small, and large rooms end with their node.',
  },
  STATE_CHECK: {
    schema: seconds(0, 3_600).default(5),
    group: 'Timing',
    example: '5',
    default: '5 seconds; 0 turns checks off',
    effect:
      'How often each client that asks for it is told the hash of the state that it should hold (docs/consistency.md).',
    harm: 'Costs CPU by how often: about 0.2 % of a core for 200 players of the world every 5 seconds.',
  },
  RECONNECT_WINDOW: {
    schema: seconds(0, 3_600).default(60),
    group: 'Timing',
    example: '60',
    default: '60 seconds',
    effect: 'How long a session waits for its player after the connection was lost.',
    harm: 'Longer keeps seats taken; 0 ends the session with its socket.',
  },
  JOIN_TIMEOUT: {
    schema: seconds(1, 60).default(10),
    group: 'Timing',
    example: '10',
    default: '10 seconds',
    effect: 'How long a socket may be open without having joined; then 4301.',
    harm: 'Too short refuses slow links.',
  },
  HEARTBEAT: {
    schema: seconds(0.05, 60).default(3),
    group: 'Timing',
    example: '3',
    default: '3 seconds',
    effect:
      'Pause between pings, which also measure the round trip. A socket that missed two is cut, the session waits.',
    harm: 'Short costs traffic; long notices a dead link late (three times the pause at worst).',
  },
  EXPIRY_NOTICE: {
    schema: seconds(0, 3_600).default(60),
    group: 'Timing',
    example: '60',
    default: '60 seconds',
    effect: 'How long before its token expires a client is told (`session.expiring`).',
    harm: 'Too short leaves no time to fetch a new token.',
  },
  EXPIRY_GRACE: {
    schema: seconds(0, 3_600).default(30),
    group: 'Timing',
    example: '30',
    default: '30 seconds',
    effect: 'How long an expired session may stay connected before it is closed with 4101.',
    harm: 'Longer lets an expired identity act for as long.',
  },
  PRESENCE_GRACE: {
    schema: seconds(0, 300).default(5),
    group: 'Timing',
    example: '5',
    default: '5 seconds',
    effect: 'How long a user without a connection is still shown as online.',
    harm: 'Short makes users flicker on a bad link.',
  },
  MONITOR: {
    schema: oneOf(['admin', 'open', 'off']).default('admin'),
    group: 'Operation',
    example: 'admin',
    default: 'admin',
    effect: '`/monitor`: for tokens with the role admin, for everybody, or not at all.',
    harm: 'It can end rooms and remove players. Production refuses `open`.',
  },
  METRICS_TOKEN: {
    schema: z
      .string()
      .refine((text) => text.length >= 16 && /^[\w.~+/=-]+$/.test(text), {
        error: 'must be at least 16 letters, digits or any of - _ . ~ + / =',
      })
      .optional(),
    group: 'Operation',
    example: 'a-long-random-word',
    default: 'none: `/metrics` is open in development and off in production',
    effect: 'What Prometheus must show at `/metrics` (docs/observing.md): `Authorization: Bearer …`.',
    harm: 'Who has it sees how many players there are, and how the node fares; nothing of any player.',
    secret: true,
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    schema: z
      .string()
      .refine((text) => /^https?:/.test(text) && URL.canParse(text), { error: 'must be an http or https address' })
      .optional(),
    group: 'Operation',
    example: 'http://127.0.0.1:4318',
    default: 'none: there are no traces',
    effect: 'Collector of OpenTelemetry that gets traces of joins, calls, restored rooms and moves (OTLP over HTTP).',
    harm: 'It learns ids of sessions and rooms, and how long things took; nothing that a player sent.',
  },
  TRACE_RPC_SHARE: {
    schema: z
      .string()
      .refine((text) => /^\d+(\.\d+)?$/.test(text) && Number(text) <= 1, { error: 'must be a number from 0 to 1' })
      .transform(Number)
      .default(0.01),
    group: 'Operation',
    example: '0.01',
    default: '0.01',
    effect: 'Which share of the JSON-RPC calls is traced.',
    harm: 'Each that is costs CPU; what waits for the collector is bounded, and the rest dropped.',
  },
  LOG_LEVEL: {
    schema: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    group: 'Operation',
    example: 'info',
    default: 'info',
    effect:
      'Least serious kind of line that is logged (JSON on standard output). `POST /v1/admin/log-level` changes it while the node runs.',
    harm: '`trace` and `debug` cost speed.',
  },
  LOG_USERS: {
    schema: oneOf(['plain', 'hashed']).default('plain'),
    group: 'Operation',
    example: 'hashed',
    default: 'plain',
    effect: 'Whether the log names users by their ids, or by a hash of them, which is the same on every node.',
    harm: '`plain` may be personal data. `hashed` hides nobody from those who can list all ids.',
  },
  NODE_ENV: {
    schema: oneOf(['development', 'test', 'production']).default('development'),
    group: 'Operation',
    example: 'production',
    default: 'development',
    effect: '`production` refuses unsafe settings, serves no playground and no development tokens.',
    harm: 'Without `production`, a server on the internet lets everybody in.',
  },
} as const satisfies Record<string, Option>;
