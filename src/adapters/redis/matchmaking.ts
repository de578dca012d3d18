import { RedisDriver } from '@colyseus/redis-driver';
import { RedisPresence } from '@colyseus/redis-presence';
import { Redis, type RedisOptions } from 'ioredis';
import type { MatchmakingStore } from '../../ports/matchmaking.ts';

const RETRY_MAX_MS = 2_000;
const COMMAND_TIMEOUT_MS = 2_000;

/**
 * Colyseus's own adapters, under our prefix and with a bound on how long a call
 * waits. Channels are prefixed here, as ioredis prefixes keys only.
 */
export function redisMatchmaking({ url, prefix }: { url: string; prefix: string }): MatchmakingStore {
  const keyPrefix = `${prefix}colyseus:`;
  const options: RedisOptions = {
    keyPrefix,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(RETRY_MAX_MS, 50 * 2 ** times) * (0.5 + Math.random() / 2),
  };
  // Of one URL each: both own their sockets.
  const driver = new RedisDriver(quiet(new Redis(url, options)));
  return { driver, presence: new PrefixedPresence(quiet(new Redis(url, options)), keyPrefix) };
}

/** What is wrong with the connection is reported by `connection.ts`; without a listener ioredis prints it each time. */
function quiet(redis: Redis): Redis {
  redis.on('error', () => {});
  return redis;
}

class PrefixedPresence extends RedisPresence {
  readonly #prefix: string;

  constructor(redis: Redis, prefix: string) {
    super(redis);
    this.#prefix = prefix;
  }

  override subscribe(topic: string, callback: (...args: unknown[]) => void) {
    return super.subscribe(this.#prefix + topic, callback);
  }

  override unsubscribe(topic: string, callback?: (...args: unknown[]) => void) {
    return super.unsubscribe(this.#prefix + topic, callback);
  }

  override publish(topic: string, data: unknown) {
    return super.publish(this.#prefix + topic, data);
  }

  override async channels(pattern = '*'): Promise<string[]> {
    const found = await super.channels(this.#prefix + pattern);
    return found.map((channel) => channel.slice(this.#prefix.length));
  }
}
