import { Client, type Room } from '@colyseus/sdk';
import { pino } from 'pino';
import { afterAll, onTestFinished } from 'vitest';
import { rooms as gameRooms } from '../../rooms/index.ts';
import { memoryPorts } from '../../src/adapters/memory/index.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { type Environment, readConfig } from '../../src/config.ts';
import { signToken } from '../../src/gate/dev-issuer.ts';
import type { Rooms } from '../../src/pipeline.ts';
import type { Ports } from '../../src/ports/index.ts';
import { type Gatehouse, startServer } from '../../src/server.ts';

export interface TestServer extends Gatehouse {
  readonly ports: Ports;
  /** Lines of the log, parsed. */
  readonly lines: Array<Record<string, unknown>>;
  /** An unmodified SDK client of a user. */
  sdk(userId: string, claims?: { role?: string; ttlSeconds?: number; name?: string; tokenId?: string }): Client;
  token(userId: string, claims?: { role?: string; ttlSeconds?: number; name?: string; tokenId?: string }): string;
}

/** Starts the server of this test file on a free port; it ends with the file. */
export async function startGatehouse(
  env: Environment = {},
  { rooms = gameRooms, clock = systemClock, page }: { rooms?: Rooms; clock?: typeof systemClock; page?: string } = {},
): Promise<TestServer> {
  const config = readConfig({ PORT: '0', HOST: '127.0.0.1', ...env });
  const lines: Array<Record<string, unknown>> = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const ports = memoryPorts(clock);
  const server = await startServer({ config, ports, rooms, log, page });
  afterAll(() => server.close());
  let tokens = 0;
  const token: TestServer['token'] = (userId, claims = {}) => signToken({ userId, tokenId: `t${tokens++}`, ...claims });
  return {
    ...server,
    ports,
    lines,
    token,
    sdk(userId, claims) {
      const client = new Client(server.url);
      client.auth.token = token(userId, claims);
      return client;
    },
  };
}

/** Joins, and leaves at the end of the test. */
export async function join(client: Client, roomName: string, options: object = {}): Promise<Room> {
  const room = await client.joinOrCreate(roomName, options);
  room.onMessage('*', () => {});
  onTestFinished(async () => {
    if (room.connection.isOpen) await room.leave();
  });
  return room;
}
