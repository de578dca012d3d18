import { RedisDriver } from '@colyseus/redis-driver';
import { RedisPresence } from '@colyseus/redis-presence';
import { Redis, type RedisOptions } from 'ioredis';
import type { Timer } from '../../ports/clock.ts';
import type { MatchmakingStore } from '../../ports/matchmaking.ts';
import { systemClock } from '../system/clock.ts';
import { reviver } from './reviver.ts';
import { tlsOf } from './tls.ts';

const RETRY_MAX_MS = 1_000;
const COMMAND_TIMEOUT_MS = 2_000;
const BEAT_MS = 1_000;

/** As of `RedisOptions` in `connection.ts`. */
export interface MatchmakingOptions {
  readonly url: string;
  readonly prefix: string;
  readonly caFile?: string | undefined;
}

/**
 * Colyseus's own adapters, under our prefix and with a bound on how long a call
 * waits. Channels are prefixed here, as ioredis prefixes keys only.
 */
export function redisMatchmaking({ url, prefix, caFile }: MatchmakingOptions): RedisMatchmaking {
  const keyPrefix = `${prefix}colyseus:`;
  const tls = tlsOf(url, caFile);
  const options: RedisOptions = {
    ...(tls === undefined ? {} : { tls }),
    keyPrefix,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // ioredis does not catch the errors of its own resubscribing; Colyseus's presence does so itself.
    autoResubscribe: false,
    retryStrategy: (times) => Math.min(RETRY_MAX_MS, 50 * 2 ** times) * (0.5 + Math.random() / 2),
  };
  // Of one URL each: both own their sockets.
  const listings = quiet(new Redis(url, options));
  const calls = quiet(new Redis(url, options));
  const presence = new PrefixedPresence(calls, keyPrefix);
  return {
    driver: new HealingDriver(listings),
    presence,
    isReady: () => listings.status === 'ready' && calls.status === 'ready' && presence.isListening,
  };
}

export interface RedisMatchmaking extends MatchmakingStore {
  /** False while one of its sockets is on the way back. */
  isReady(): boolean;
}

/** What is wrong with the connection is reported by `connection.ts`; without a listener ioredis prints it each time. */
function quiet(redis: Redis): Redis {
  redis.on('error', () => {});
  return redis;
}

/**
 * Colyseus shares a request for the listings among those who ask at once, and
 * keeps one that failed for ever: after an outage a node would find no room again.
 *
 * It also waits for a listing to be removed before it ends a room: one that
 * emptied while Redis was away would tick on for ever, and its listing would send
 * everybody to a room that is not there. What fails here is put right when the
 * node tells of its rooms again (src/cluster/cleanup.ts).
 */
class HealingDriver extends RedisDriver {
  constructor(redis: Redis) {
    super(redis);
    const shared = this as unknown as { _concurrentRoomCacheRequest: unknown; _roomCacheRequestByName: object };
    // `query` and `findOne` differ in their types only.
    for (const name of ['query', 'findOne'] as const) {
      const ask = super[name].bind(this) as (...args: unknown[]) => Promise<unknown>;
      Object.defineProperty(this, name, {
        value: async (...args: unknown[]) => {
          try {
            return await ask(...args);
          } catch (error) {
            // Asked again by the next who asks.
            shared._concurrentRoomCacheRequest = undefined;
            shared._roomCacheRequestByName = {};
            throw error;
          }
        },
      });
    }
  }

  override async remove(roomId: string): Promise<boolean> {
    try {
      return await super.remove(roomId);
    } catch {
      return false;
    }
  }

  override async update(...args: Parameters<RedisDriver['update']>): Promise<boolean> {
    try {
      return await super.update(...args);
    } catch {
      return false;
    }
  }
}

class PrefixedPresence extends RedisPresence {
  readonly #prefix: string;
  readonly #beats: Timer;

  constructor(redis: Redis, prefix: string) {
    super(redis);
    this.#prefix = prefix;
    this.#beats = systemClock.every(BEAT_MS, reviver(this.sub as Redis));
  }

  get isListening(): boolean {
    const { status, stream } = this.sub as Redis;
    return status === 'ready' && !stream.destroyed;
  }

  /** As Colyseus's; a Redis that is away by then is nobody's fault. */
  override shutdown(): void {
    this.#beats.stop();
    for (const client of [this.sub, this.pub]) client.quit().catch(() => client.disconnect());
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
