import { onTestFinished } from 'vitest';
import { subjectOfNode } from '../../schema/bus/subjects.ts';
import { natsEventBus } from '../../src/adapters/nats/index.ts';
import { openRedis } from '../../src/adapters/redis/index.ts';
import { redisNodes } from '../../src/adapters/redis/nodes.ts';
import type { Cluster } from './cluster.ts';

/**
 * A node that is in the registry and nowhere else, until the end of the test: it is offered rooms, and `adopt` says what
 * it does with them. Without it nobody there answers.
 */
export async function standInNode(cluster: Cluster, id: string, adopt?: (owner: unknown) => unknown): Promise<void> {
  const connection = await openRedis({ url: cluster.redis.url, prefix: 'gatehouse:' });
  const registry = redisNodes({ connection });
  const record = { id, incarnation: id, address: '127.0.0.1:9', version: '0', state: 'ready' as const };
  const beat = () => registry.beat({ ...record, rooms: 0, connections: 0, startedAt: 0 }, 60_000).catch(() => {});
  await beat();
  const timer = setInterval(beat, 200);
  const bus = await natsEventBus({ servers: cluster.nats.url });
  if (adopt !== undefined) await bus.serve(subjectOfNode(id, 'adopt'), 'adopt', adopt);
  onTestFinished(async () => {
    clearInterval(timer);
    await registry.leave(id, id).catch(() => {});
    await Promise.all([bus.close(), registry.close(), connection.close()]);
  });
}
