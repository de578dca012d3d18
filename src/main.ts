/** The composition root: configuration → adapters → rooms → listen → drain on a signal. */
import { fileURLToPath } from 'node:url';
import { rooms } from '../rooms/index.ts';
import { openPorts } from './adapters/open.ts';
import { systemClock } from './adapters/system/clock.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { Counters } from './ops/Counters.ts';
import { LogOutput } from './ops/LogOutput.ts';
import { listenToConsole } from './ops/library-log.ts';
import { createLog } from './ops/log.ts';
import { startServer } from './server.ts';

/** How long rooms may take to end before the process does. */
const SHUTDOWN_MS = 18_000;
/** How long the last lines of the log may take. */
const LAST_LINES_MS = 1_000;

const config = configOrExit();
const counters = new Counters();
const output = new LogOutput(process.stdout, () => counters.count('log_lines_dropped'));
let node = String(process.pid);
const onRepeat = () => counters.count('log_lines_repeated');
const log = createLog(config, () => node, { output, onRepeat });
listenToConsole({ log, counters, clock: systemClock });
const page = fileURLToPath(new URL('../web/dist', import.meta.url));

try {
  const report = (error: unknown, where: string) =>
    log.warn({ where, error: error instanceof Error ? error.message : String(error) }, 'adapter');
  const ports = await openPorts(config, report, counters);
  const gatehouse = await startServer({ config, ports, rooms, log, counters, page });
  node = gatehouse.nodeId;
  let closing = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, async () => {
      if (closing) return;
      closing = true;
      log.info({ signal }, 'shutting down');
      setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
      await gatehouse.close();
      await output.drained(LAST_LINES_MS);
      process.exit(0);
    });
  }
  // Last: whoever reads it may end us at once.
  output.write(`\n  Gatehouse is open at ${gatehouse.url}\n\n`);
} catch (error) {
  stop(error);
}

process.on('unhandledRejection', (error) => log.error({ error: String(error) }, 'unhandled rejection'));

function configOrExit(): Config {
  try {
    return readConfig();
  } catch (error) {
    return stop(error);
  }
}

function stop(error: unknown): never {
  const busy = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  const message = error instanceof ConfigError || busy ? (error as Error).message : (error as Error).stack;
  process.stderr.write(`\n  Gatehouse cannot start: ${message}\n`);
  if (busy) process.stderr.write('  Another process has this port. Example: PORT=2568 npm start\n');
  process.stderr.write('\n');
  process.exit(1);
}
