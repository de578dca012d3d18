/** The composition root: configuration → adapters → rooms → listen → drain on a signal. */
import { fileURLToPath } from 'node:url';
import { rooms } from '../rooms/index.ts';
import { openPorts } from './adapters/open.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { Counters } from './ops/Counters.ts';
import { createLog } from './ops/log.ts';
import { startServer } from './server.ts';

/** How long rooms may take to end before the process does. */
const SHUTDOWN_MS = 10_000;

const config = configOrExit();
const log = createLog(config, String(process.pid));
const page = fileURLToPath(new URL('../web/dist', import.meta.url));

try {
  const report = (error: unknown, where: string) =>
    log.warn({ where, error: error instanceof Error ? error.message : String(error) }, 'adapter');
  const counters = new Counters();
  const ports = await openPorts(config, report, counters);
  const gatehouse = await startServer({ config, ports, rooms, log, counters, page });
  process.stdout.write(`\n  Gatehouse is open at ${gatehouse.url}\n\n`);

  let closing = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, async () => {
      if (closing) return;
      closing = true;
      log.info({ signal }, 'shutting down');
      setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
      await gatehouse.close();
      process.exit(0);
    });
  }
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
