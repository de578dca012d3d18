import { Client } from '@colyseus/sdk';
import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { ShopRoom } from '../../docs/samples/shop-room.ts';
import { rooms } from '../../rooms/index.ts';
import { memoryPorts } from '../../src/adapters/memory/index.ts';
import { natsEventBus } from '../../src/adapters/nats/index.ts';
import { readConfig } from '../../src/config.ts';
import { signToken } from '../../src/gate/dev-issuer.ts';
import { startServer } from '../../src/server.ts';
import { EAGER, startProgram } from '../cluster/support.ts';
import { eventually } from '../support/eventually.ts';
import { join } from '../support/gatehouse.ts';
import { NatsServer } from '../support/nats-server.ts';
import { nextNotification, rpc } from '../support/rpc.ts';

const nats = await NatsServer.start();
const bus = await natsEventBus({ servers: nats.url, ...EAGER });
const server = await startServer({
  config: readConfig({ PORT: '0', HOST: '127.0.0.1' }),
  ports: { ...memoryPorts(), bus, checks: [{ name: 'nats', isReady: () => bus.isReady() }] },
  rooms: { ...rooms, shop: ShopRoom },
  log: pino({ level: 'silent' }),
});
afterAll(() => server.close());

function sdk(userId: string): Client {
  const client = new Client(server.url);
  client.auth.token = signToken({ userId, tokenId: userId });
  return client;
}

test('SV15 a player calls a method of a service in a room and gets its notification, in every room that they are in', async () => {
  await startProgram('docs/samples/service.mjs', { NATS_URL: nats.url });
  const room = await join(sdk('ada@example.org'), 'shop');
  const lobby = await join(sdk('ada@example.org'), 'lobby');
  const told = [nextNotification(room, 'shop.asked'), nextNotification(lobby, 'shop.asked')];
  expect(await rpc(room, 'shop.price', { item: 'sword' })).toMatchObject({ result: { price: 120 } });
  expect(await Promise.all(told)).toEqual([{ item: 'sword' }, { item: 'sword' }]);
  expect(await rpc(room, 'shop.price', { item: 'shield' })).toMatchObject({ error: { code: -32004 } });
  await Promise.all([room.leave(), lobby.leave()]);
  await eventually(() => expect(server.notifications.size).toBe(0));
});

test('SV16 while NATS is away players join, stay and leave; the lobby is right once it is back', async () => {
  const lobby = await join(sdk('eve'), 'lobby');
  const users = () => [...(lobby.state as { users: Map<string, { status: string }> }).users.keys()];
  await eventually(() => expect(users()).toContain('eve'));
  const lost = new Promise<void>((resolve) => bus.onLost(resolve));
  await nats.stop();
  await lost;
  const world = await join(sdk('bob'), 'world');
  expect(await rpc(world, 'session.get', {})).toMatchObject({ result: { state: 'online' } });
  const ready = (await (await fetch(`${server.url}/health/ready`)).json()) as { checks: Record<string, string> };
  expect(ready.checks.nats).toBe('not ready');
  await nats.restart();
  await eventually(() => expect(users()).toContain('bob'));
  expect(lobby.connection.isOpen).toBe(true);
});
