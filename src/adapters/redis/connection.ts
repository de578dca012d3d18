import type { Redis } from 'ioredis';
import { ConfigError } from '../../config.ts';
import { fail } from '../../fail.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { systemClock } from '../system/clock.ts';
import { systemRandom } from '../system/random.ts';
import { checkAddress, checkSchema, measureSkew } from './handshake.ts';
import { type Keys, keysOf } from './keys.ts';
import { openLink } from './link.ts';
import { tlsOf } from './tls.ts';

/** Calls that may wait for Redis at once; further ones fail with UNAVAILABLE. Above the sockets of a node, which renew together. */
const MAX_IN_FLIGHT = 20_000;

export interface RedisOptions {
  /** `redis://[user:password@]host[:port][/db]`, or `rediss://` for TLS. */
  readonly url: string;
  /** Begins every key and channel, so that several deployments can share a server. Default `gatehouse:`. */
  readonly prefix?: string | undefined;
  /** PEM file of the authorities that vouch for a `rediss://` server. Default: those that Node trusts. */
  readonly caFile?: string | undefined;
  /** How long the start waits for Redis, in milliseconds. Default 10,000. */
  readonly startMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** What went wrong, and where. Comes for each call that failed in Redis: count it, and log it seldom. Holds no secret. */
  readonly onError?: ((error: Error, what: string) => void) | undefined;
  /** A call that Redis was asked came to its end. `call`: one of a fixed number of names. */
  readonly onCall?: ((call: string, seconds: number, failed: boolean) => void) | undefined;
}

/** A Lua script with its keys and arguments. One round trip. @throws UNAVAILABLE */
export type Script = (keys: readonly string[], args: ReadonlyArray<string | number>) => Promise<unknown>;

/**
 * The one way to Redis: a socket for commands and one for subscriptions.
 *
 * - Every call settles within 2 seconds. While Redis is away it fails at once,
 *   with UNAVAILABLE; a call that was under way may have been carried out.
 * - It comes back by itself, with its subscriptions, some 4 seconds after Redis
 *   did at the latest.
 */
export interface RedisConnection {
  readonly keys: Keys;
  readonly prefix: string;
  readonly clock: Clock;
  /** True while commands are answered, the schema is ours and the subscriptions stand. */
  isReady(): boolean;
  /** Calls `listener` each time that it is ready again; what was published meanwhile is lost. Returns how to stop. */
  onReady(listener: () => void): () => void;
  onLost(listener: () => void): () => void;
  /** What to add to this machine's clock for the time that Redis has: whole seconds in milliseconds, 0 for well-kept clocks. */
  skewMs(): number;
  /** @throws UNAVAILABLE */
  call<T>(what: string, run: (redis: Redis) => Promise<T>): Promise<T>;
  script(name: string, lua: string): Script;
  /** Resolves when messages published from now on will arrive. One listener a channel. @throws UNAVAILABLE */
  subscribe(channel: string, listener: (message: string) => void): Promise<() => void>;
  report(error: unknown, what: string): void;
  /** Lets the calls under way settle, then ends both sockets. */
  close(): Promise<void>;
}

/**
 * Connects, and resolves when Redis is ready.
 * @throws ConfigError when the address is not one, Redis is not reached in time, or it holds another schema
 */
export async function openRedis(options: RedisOptions): Promise<RedisConnection> {
  const { clock = systemClock, random = systemRandom, prefix = 'gatehouse:', startMs = 10_000 } = options;
  const shown = checkAddress(options.url, prefix);
  const keys = keysOf(prefix);
  const channels = new Map<string, (message: string) => void>();
  const inFlight = new Set<Promise<unknown>>();
  const readyListeners = new Set<() => void>();
  const lostListeners = new Set<() => void>();
  const started = Promise.withResolvers<void>();
  let skew = 0;
  let ready = false;
  let closing = false;
  let lastProblem = 'no answer';

  function report(thrown: unknown, what: string): void {
    if (closing) return;
    // What ioredis throws carries the arguments of the command, a password among them.
    const error =
      thrown instanceof ConfigError ? thrown : new Error(thrown instanceof Error ? thrown.message : 'unknown');
    lastProblem = error.message;
    options.onError?.(error, what);
    if (error instanceof ConfigError) started.reject(error);
  }

  function onChange(): void {
    const now = commands.isUp() && subscriber.isUp();
    if (now === ready) return;
    ready = now;
    if (now) started.resolve();
    if (closing) return;
    for (const listener of now ? readyListeners : lostListeners) listener();
  }

  async function measure(client: Redis): Promise<void> {
    skew = (await measureSkew(client, clock)) ?? skew;
  }

  const shared = {
    url: options.url,
    tls: tlsOf(options.url, options.caFile),
    clock,
    random,
    onChange,
    onError: report,
  };
  const commands = openLink({
    ...shared,
    name: 'gatehouse',
    readyCheck: true,
    prepare: (client) => checkSchema(client, keys.schema).then(() => measure(client)),
    beat: measure,
  });
  const subscriber = openLink({
    ...shared,
    name: 'gatehouse-subscriber',
    readyCheck: false,
    prepare: (client) => (channels.size === 0 ? client.ping() : client.subscribe(...channels.keys())),
    beat: (client) => client.ping(),
  });
  subscriber.client.on('message', (channel, message) => channels.get(channel)?.(message));

  async function call<T>(what: string, run: (redis: Redis) => Promise<T>): Promise<T> {
    if (closing || !commands.isUp() || inFlight.size >= MAX_IN_FLIGHT) throw fail('UNAVAILABLE');
    const began = clock.monotonic();
    const running = run(commands.client);
    inFlight.add(running);
    let failed = false;
    try {
      return await running;
    } catch (error) {
      failed = true;
      report(error, what);
      throw fail('UNAVAILABLE');
    } finally {
      inFlight.delete(running);
      options.onCall?.(what, (clock.monotonic() - began) / 1_000, failed);
    }
  }

  async function close(): Promise<void> {
    closing = true;
    await Promise.allSettled(inFlight);
    commands.close();
    subscriber.close();
  }

  const late = clock.after(startMs, () => {
    const advice = lastProblem.includes('certificate')
      ? 'Does REDIS_CA_FILE hold the authority that vouches for it, and the address its name?'
      : `Is Redis running there? Try: redis-cli -u ${shown} ping`;
    started.reject(new ConfigError(`REDIS_URL=${shown} cannot be used (${lastProblem}). ${advice}`));
  });
  try {
    await started.promise;
  } catch (error) {
    await close();
    throw error;
  } finally {
    late.stop();
  }

  return {
    keys,
    prefix,
    clock,
    isReady: () => ready,
    onReady: (listener) => enter(readyListeners, listener),
    onLost: (listener) => enter(lostListeners, listener),
    skewMs: () => skew,
    call,
    script(name, lua) {
      const command = `gatehouse ${name}`;
      commands.client.defineCommand(command, { lua });
      const run = (commands.client as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[command]!;
      return (keys, args) => call(name, (client) => run.call(client, keys.length, ...keys, ...args));
    },
    async subscribe(channel, listener) {
      // Entered first: a socket that comes back meanwhile subscribes to it, too.
      channels.set(channel, listener);
      try {
        await subscriber.client.subscribe(channel);
      } catch (error) {
        channels.delete(channel);
        report(error, `subscribe ${channel}`);
        throw fail('UNAVAILABLE');
      }
      return () => {
        channels.delete(channel);
        if (subscriber.isUp()) subscriber.client.unsubscribe(channel).catch(() => {});
      };
    },
    report,
    close,
  };
}

function enter(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
