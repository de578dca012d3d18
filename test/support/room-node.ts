/** A node in a process of its own with the rooms of a test: `TEST_ROOMS` is a module that exports them as `rooms`. Else as `src/main.ts`. */
import { matchMaker } from '@colyseus/core';
import { pino } from 'pino';
import { openPorts } from '../../src/adapters/open.ts';
import { readConfig } from '../../src/config.ts';
import { Counters } from '../../src/ops/Counters.ts';
import { createLog } from '../../src/ops/log.ts';
import type { Rooms } from '../../src/pipeline.ts';
import { startServer } from '../../src/server.ts';

const { rooms } = (await import(process.env.TEST_ROOMS!)) as { rooms: Rooms };
const config = readConfig();
const counters = new Counters();
const log = createLog(config, () => matchMaker.processId, { output: pino.destination({ dest: 1, sync: true }) });
const ports = await openPorts(config, () => {}, counters);
const server = await startServer({ config, ports, rooms, log, counters });
process.on('SIGTERM', async () => {
  await server.close();
  process.exit(0);
});
process.stdout.write(`\n  Gatehouse is open at ${server.url}\n\n`);
