/** The bench's game as a room of Gatehouse, and the settings that its servers run with. */
import type { Client } from '@colyseus/core';
import { z } from 'zod';
import { defineMethods } from '../../schema/index.ts';
import { GameRoom, type Handlers } from '../../src/index.ts';
import { BenchInput, type BenchRoomOptions, BenchState, joinGame, leaveGame, openGame, PING, ping } from '../game.ts';
import { SECRET } from '../tokens.ts';

const methods = defineMethods({
  [PING]: {
    summary: 'Answers at once.',
    pure: true,
    params: z.strictObject({ echo: z.number() }),
    result: z.strictObject({ at: z.number(), echo: z.number() }),
    // Counted as every call is, but never reached.
    rate: { perSecond: 1_000_000, burst: 1_000_000 },
  },
});

export class BenchRoom extends GameRoom<BenchState, typeof methods> {
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

/** As in production, with limits that the load does not reach. */
export const PRODUCTION = {
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: '0',
  JWT_SECRET: SECRET,
  LOG_LEVEL: 'silent',
  MONITOR: 'off',
  MAX_CONNECTIONS_PER_ADDRESS: '10000',
  JOINS_PER_ADDRESS: '1000000',
  MESSAGES_PER_SECOND: '10000',
  BYTES_PER_SECOND: '100000000',
  CALLS_PER_SECOND: '10000000',
};
