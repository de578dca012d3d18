/** Gatehouse in one process, everything in memory. */
import { memoryPorts } from '../../src/adapters/memory/index.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/ops/log.ts';
import { startServer } from '../../src/server.ts';
import { BenchRoom, PRODUCTION } from './BenchRoom.ts';
import { serve } from './serve.ts';

const config = readConfig(PRODUCTION);
const { port } = await startServer({
  config,
  ports: memoryPorts(),
  rooms: { bench: BenchRoom },
  log: createLog(config, 'bench'),
});
serve({ port });
