/** One node of a deployment: Gatehouse with Redis and NATS, as `src/main.ts` puts it together. */
import { rooms } from '../../rooms/index.ts';
import { openPorts } from '../../src/adapters/open.ts';
import { readConfig } from '../../src/config.ts';
import { Counters } from '../../src/ops/Counters.ts';
import { createLog } from '../../src/ops/log.ts';
import { startServer } from '../../src/server.ts';
import { argsFromBench } from '../parent.ts';
import { BenchRoom, PRODUCTION } from './BenchRoom.ts';
import { serve } from './serve.ts';

export interface NodeArgs {
  readonly redisPort: number;
  readonly natsPort: number;
  /** Nodes with the same one are one deployment. */
  readonly prefix: string;
}

// Colyseus says at each join to a full lobby that a buffer was too small: once is enough to know.
const said = new Set<string>();
const { warn } = console;
console.warn = (...words: unknown[]) => {
  const [line = ''] = String(words[0]).split('\n');
  if (said.has(line)) return;
  said.add(line);
  warn.apply(console, words);
};

const { redisPort, natsPort, prefix } = argsFromBench<NodeArgs>();
const config = readConfig({
  ...PRODUCTION,
  REDIS_URL: `redis://127.0.0.1:${redisPort}`,
  NATS_URL: `nats://127.0.0.1:${natsPort}`,
  CLUSTER_PREFIX: prefix,
});
const counters = new Counters();
const ports = await openPorts(config, () => counters.count('bench_adapter_reports'), counters);
const { port } = await startServer({
  config,
  ports,
  counters,
  rooms: { ...rooms, bench: BenchRoom },
  log: createLog(config, 'bench'),
  // A room is made where it is asked for: the bench says what is on which node.
  placeRoom: () => undefined,
});
serve({ port }, { counters: () => counters.all() });
