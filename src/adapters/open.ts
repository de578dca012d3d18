import type { Config } from '../config.ts';
import type { Ports } from '../ports/index.ts';
import { measuredBus } from './measured-bus.ts';
import { memoryPorts } from './memory/index.ts';
import { natsEventBus } from './nats/index.ts';
import { redisPorts } from './redis/index.ts';
import { redisMatchmaking } from './redis/matchmaking.ts';
import { systemClock } from './system/clock.ts';
import { systemRandom } from './system/random.ts';

/** Reports of the adapters: something went wrong, there. */
export type Report = (error: unknown, where: string) => void;

/** Counts by name, and notes how long calls took. */
export interface Tally {
  count(name: AdapterCount, label?: string): void;
  observe(name: 'redis' | 'nats', call: string, seconds: number): void;
}
export type AdapterCount = 'bus_foreign' | 'bus_dropped' | 'redis_errors' | 'nats_errors' | 'reconnects';

/** The ports of this node: on Redis and NATS when they are configured, in memory otherwise. @throws ConfigError when one cannot be reached */
export async function openPorts(config: Config, report: Report, tally: Tally): Promise<Ports> {
  const { cluster } = config;
  if (cluster === undefined) return memoryPorts();
  const nats = await natsEventBus({
    servers: cluster.natsUrl,
    credsFile: cluster.natsCredsFile,
    nkeyFile: cluster.natsNkeyFile,
    ...(cluster.natsCaFile === undefined ? {} : { tls: { caFile: cluster.natsCaFile } }),
    prefix: cluster.prefix,
    onError: report,
    onForeign: () => tally.count('bus_foreign'),
    onDropped: () => tally.count('bus_dropped'),
  });
  nats.onReady(() => tally.count('reconnects', 'nats'));
  const prefix = `${cluster.prefix}:`;
  const address = { url: cluster.redisUrl, caFile: cluster.redisCaFile, prefix };
  const onCall = (call: string, seconds: number, failed: boolean) => {
    tally.observe('redis', call, seconds);
    if (failed) tally.count('redis_errors', call);
  };
  const shared = await redisPorts({ ...address, onError: report, onCall });
  const { connection, sessions, revocations, directory, nodes, roomStore } = shared;
  connection.onReady(() => tally.count('reconnects', 'redis'));
  const matchmaking = redisMatchmaking(address);
  const bus = measuredBus(nats, tally);
  return {
    clock: systemClock,
    random: systemRandom,
    bus,
    sessions,
    revocations,
    directory,
    nodes,
    roomStore,
    matchmaking,
    checks: [
      { name: 'redis', isReady: () => connection.isReady() && matchmaking.isReady() },
      { name: 'nats', isReady: () => bus.isReady() },
    ],
    close: () => connection.close(),
  };
}
