/**
 * The program of `child-server.ts`: a server in a process of its own, which a
 * test may lose. Talks to the test over IPC; configured by the environment.
 */
import { pino } from 'pino';
import { memoryPorts } from '../../src/adapters/memory/index.ts';
import { readConfig } from '../../src/config.ts';
import type { Rooms } from '../../src/pipeline.ts';
import { startServer } from '../../src/server.ts';
import type { FromChild, ToChild } from './child-server.ts';

const tell = (message: FromChild) => process.send?.(message);
const toldOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

process.on('uncaughtException', (error) => tell({ kind: 'fault', error: toldOf(error) }));
process.on('unhandledRejection', (error) => tell({ kind: 'fault', error: toldOf(error) }));
process.on('disconnect', () => process.exit(0));

// A module that exports its rooms as `rooms`; those of the game without one.
const { rooms } = (await import(process.env.TEST_ROOMS ?? '../../rooms/index.ts')) as { rooms: Rooms };

const server = await startServer({
  config: readConfig({ ...process.env, PORT: '0', HOST: '127.0.0.1' }),
  ports: memoryPorts(),
  rooms,
  log: pino({ level: 'silent' }),
});
process.on('message', (message: ToChild) => {
  if (message.kind === 'counters') tell({ kind: 'counters', id: message.id, all: server.platform.counters.all() });
});
tell({ kind: 'ready', url: server.url });
