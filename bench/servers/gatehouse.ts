/** Gatehouse in one process, as in production, with limits that the load does not reach. */
import type { Client } from '@colyseus/core';
import { z } from 'zod';
import { defineMethods } from '../../schema/index.ts';
import { memoryPorts } from '../../src/adapters/memory/index.ts';
import { readConfig } from '../../src/config.ts';
import { signToken } from '../../src/gate/dev-issuer.ts';
import { GameRoom, type Handlers } from '../../src/index.ts';
import { createLog } from '../../src/ops/log.ts';
import { startServer } from '../../src/server.ts';
import { BenchInput, type BenchRoomOptions, BenchState, joinGame, leaveGame, openGame, PING, ping } from '../game.ts';
import { argsFromBench } from '../parent.ts';
import { serve } from './serve.ts';

const methods = defineMethods({
  [PING]: {
    summary: 'Answers at once.',
    params: z.strictObject({ echo: z.number() }),
    result: z.strictObject({ at: z.number(), echo: z.number() }),
    // Counted as every call is, but never reached.
    rate: { perSecond: 1_000_000, burst: 1_000_000 },
  },
});

class BenchRoom extends GameRoom<BenchState, typeof methods> {
  static override methods = methods;
  override state = new BenchState();
  override inputs = this.defineInput(BenchInput);
  override handlers: Handlers<typeof methods> = { [PING]: ({ echo }) => ping(echo) };

  override onCreate(options: BenchRoomOptions): void {
    openGame(this, options);
  }

  override onJoin(client: Client): void {
    joinGame(this, client);
  }

  override onLeave(client: Client): void {
    leaveGame(this, client);
  }
}

const secret = 'bench-secret-of-no-use-outside-this-process';
const config = readConfig({
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: '0',
  JWT_SECRET: secret,
  LOG_LEVEL: 'silent',
  MONITOR: 'off',
  MAX_CONNECTIONS_PER_ADDRESS: '10000',
  JOINS_PER_ADDRESS: '1000000',
  MESSAGES_PER_SECOND: '10000',
  BYTES_PER_SECOND: '100000000',
});
const { port } = await startServer({
  config,
  ports: memoryPorts(),
  rooms: { bench: BenchRoom },
  log: createLog(config, 'bench'),
});
const { players } = argsFromBench<{ players: number }>();
const tokens = Array.from({ length: players }, (_, i) => signToken({ userId: `p${i}`, tokenId: `t${i}` }, secret));
serve({ port, tokens });
