import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { openRedis, type RedisConnection, type RedisOptions } from '../../src/adapters/redis/connection.ts';
import { redisDirectory } from '../../src/adapters/redis/directory.ts';
import { redisNodes } from '../../src/adapters/redis/nodes.ts';
import { redisRevocations } from '../../src/adapters/redis/revocations.ts';
import { redisSessionStore } from '../../src/adapters/redis/session-store.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { RedisServer } from './redis-server.ts';

let prefixes = 0;

/** A prefix that no other test has. */
export function freshPrefix(): string {
  return `test${prefixes++}:`;
}

/** A connection that ends with the test. */
export async function connect(server: RedisServer, options: Partial<RedisOptions> = {}): Promise<RedisConnection> {
  const connection = await openRedis({ url: server.url, prefix: freshPrefix(), ...options });
  onTestFinished(() => connection.close());
  return connection;
}

/** The Redis part of one node, ending with the test. Nodes of one deployment have one prefix. */
export async function openNode(server: RedisServer, prefix: string, options: Partial<RedisOptions> = {}) {
  const connection = await connect(server, { prefix, ...options });
  const revocations = await redisRevocations({ connection });
  onTestFinished(() => revocations.close());
  return {
    connection,
    sessions: redisSessionStore({ connection }),
    directory: redisDirectory({ connection, capacity: 100 }),
    nodes: redisNodes({ connection }),
    revocations,
  };
}

/** Looks at what is there, and does what an operator may do. */
export function lookInto(server: RedisServer): Redis {
  const redis = new Redis(server.url);
  // A test that stops the server knows.
  redis.on('error', () => {});
  onTestFinished(() => redis.disconnect());
  return redis;
}

/** The machine's clock, so much off. */
export function clockOff(ms: number): Clock {
  return { ...systemClock, now: () => Date.now() + ms };
}
