/**
 * `node bench/delivery/record.ts`: writes `session.json` anew. Starts the real server, lets the players of the
 * load test into its world, with unmodified SDKs in a process of their own, and takes down which inputs the room took.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { memoryPorts } from '../../src/adapters/memory/index.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/ops/log.ts';
import { startServer } from '../../src/server.ts';
import { RecordedWorld, recordedWorld } from './RecordedWorld.ts';
import { SESSION_FILE, type Session } from './Session.ts';

const PLAYERS = 60;
const TICKS_PER_SECOND = 60;
const SECONDS = 20;
/** Joins a second. */
const RAMP = 10;
/** Newcomers begin close together; until the record begins they have gone where they like. */
const MINGLE_SECONDS = 25;

// A server of development, which gives tokens to anybody.
const config = readConfig({ PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'silent', JOINS_PER_ADDRESS: '1000' });
const log = createLog(config, 'record');
const server = await startServer({ config, ports: memoryPorts(), rooms: { world: RecordedWorld }, log });
const loadtest = fileURLToPath(new URL('../../loadtest/index.ts', import.meta.url));
const seconds = MINGLE_SECONDS + SECONDS + 5;
const args = ['--url', server.url, '--clients', PLAYERS, '--ramp', RAMP, '--duration', seconds].map(String);
const players = spawn(process.execPath, [loadtest, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
const ended = once(players, 'exit');
try {
  await pause((PLAYERS / RAMP + MINGLE_SECONDS) * 1_000);
  if (recordedWorld?.state.players.size !== PLAYERS) throw new Error('not everybody is here');
  recordedWorld.record();
  while (recordedWorld.ticks < SECONDS * TICKS_PER_SECOND) await pause(50);
  const ticks = recordedWorld.ticks;
  const about =
    `${PLAYERS} players of loadtest/player.ts (unmodified SDK, own process) in the real WorldRoom, recorded on ` +
    `${new Date().toISOString().slice(0, 10)} from ${MINGLE_SECONDS} s after the last has joined`;
  const session: Session = { about, ticksPerSecond: TICKS_PER_SECOND, ticks, players: recordedWorld.stop() };
  writeFileSync(SESSION_FILE, `${JSON.stringify(session)}\n`);
  console.log(`${ticks} ticks of ${session.players.length} players`);
} finally {
  players.kill();
  await ended;
  await server.close();
}
process.exit(0);
