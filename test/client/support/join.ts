import type { LogEntry, Token } from '../../../client/src/index.ts';
import { type GatehouseClientOptions, resolveKit } from '../../../client/src/kit-options.ts';
import { RoomConnection } from '../../../client/src/room-connection.ts';
import type { ConnectionStatus } from '../../../client/src/status.ts';
import { TokenSource } from '../../../client/src/token-source.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeRoom } from './fake-room.ts';

export interface Joined {
  readonly clock: FakeClock;
  readonly room: FakeRoom;
  readonly connection: RoomConnection;
  readonly statuses: ConnectionStatus[];
  readonly log: LogEntry[];
}

/** A RoomConnection that is online in a FakeRoom, on a clock that stands still. */
export async function join(options: Partial<GatehouseClientOptions> = {}, token: Token = 'first'): Promise<Joined> {
  const clock = new FakeClock();
  const room = new FakeRoom(clock);
  const log: LogEntry[] = [];
  const statuses: ConnectionStatus[] = [];
  const kit = resolveKit({ clock, random: () => 0.5, log: (entry) => log.push(entry), ...options });
  const tokens = new TokenSource(token);
  await tokens.renew();
  const connection = new RoomConnection(kit, tokens);
  connection.on('status', (status) => statuses.push(status));
  await connection.open(async () => room, 0);
  return { clock, room, connection, statuses, log };
}
