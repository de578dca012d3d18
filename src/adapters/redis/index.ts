import type { Directory } from '../../ports/directory.ts';
import type { NodeRegistry } from '../../ports/nodes.ts';
import type { Revocations } from '../../ports/revocations.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import { openRedis, type RedisConnection, type RedisOptions } from './connection.ts';
import { redisDirectory } from './directory.ts';
import { redisNodes } from './nodes.ts';
import { redisRevocations } from './revocations.ts';
import { redisRoomStore } from './room-store.ts';
import { redisSessionStore } from './session-store.ts';

export { openRedis, type RedisConnection, type RedisOptions } from './connection.ts';

export interface RedisPortsOptions extends RedisOptions {
  /** Offline users that are remembered, by all nodes together. Default 10,000. */
  readonly capacity?: number | undefined;
}

/** What all nodes share. `connection` is closed last, after the ports. */
export interface RedisPorts {
  readonly connection: RedisConnection;
  readonly sessions: SessionStore;
  readonly revocations: Revocations;
  readonly directory: Directory;
  readonly nodes: NodeRegistry;
  readonly roomStore: RoomStore;
}

/** @throws ConfigError when Redis cannot be used; UNAVAILABLE when it is lost while we start */
export async function redisPorts({ capacity, ...options }: RedisPortsOptions): Promise<RedisPorts> {
  const connection = await openRedis(options);
  try {
    return {
      connection,
      sessions: redisSessionStore({ connection }),
      revocations: await redisRevocations({ connection }),
      directory: redisDirectory({ connection, capacity }),
      nodes: redisNodes({ connection }),
      roomStore: redisRoomStore({ connection }),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
