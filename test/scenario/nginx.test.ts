import { Client, type Room } from '@colyseus/sdk';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Balancer, freeAddress } from '../support/balancer.ts';
import { Cluster } from '../support/cluster.ts';
import { rpc } from '../support/rpc.ts';

const cluster = await Cluster.start((end) => afterAll(end));
const address = await freeAddress();
const [one, two] = await Promise.all(
  ['n1', 'n2'].map((name) => cluster.node({ PUBLIC_ADDRESS: `${address}/${name}`, TRUST_PROXY: '1' })),
);
const nodes = [new URL(one!.url).host, new URL(two!.url).host] as const;
const nginx = await Balancer.nginx({ address, nodes });
afterAll(() => nginx.clear());

async function join(userId: string, { plain = false, create = false } = {}): Promise<Room> {
  // As if no node had a path of its own.
  const urlBuilder = (url: URL) => {
    if (plain) url.pathname = url.pathname.replace(/^\/n\d/, '');
    return url.toString();
  };
  const client = new Client(`http://${address}`, { urlBuilder });
  client.auth.token = cluster.token(userId);
  const room = await (create ? client.create('world') : client.joinOrCreate('world'));
  room.onMessage('*', () => {});
  onTestFinished(async () => {
    if (room.connection.isOpen) await room.leave();
  });
  return room;
}

test('DP1 through nginx players meet in one world, whichever node they reach, with and without paths', async () => {
  const rooms: Room[] = [];
  for (const [i, userId] of ['ada', 'bob', 'cyd', 'dan', 'eve', 'fay'].entries()) {
    rooms.push(await join(userId, { plain: i % 2 === 1 }));
  }
  expect(new Set(rooms.map(({ roomId }) => roomId)).size).toBe(1);
  for (const room of rooms) await expect.poll(() => room.state?.players?.size).toBe(6);
});

test('DP2 a request goes to the node that its path names, and no token of an address is in a log', async () => {
  const room = await join('ada');
  await room.leave();
  for (const n of [1, 2]) await fetch(`http://${address}/n${n}/some/room?_authToken=${cluster.token('eve')}`);
  const ways = () => [...nginx.logs('access.log').matchAll(/"GET \/n(\d)\/\S+" (\d+) .* "([\d.:]+)" "\d+"$/gm)];
  await expect.poll(() => ways().filter(([, , status]) => status === '101').length).toBeGreaterThan(0);
  await expect.poll(() => new Set(ways().map(([, n]) => n)).size).toBe(2);
  for (const [, n, , to] of ways()) expect(to).toBe(nodes[Number(n) - 1]);
  const logs = nginx.logs('access.log', 'error.log');
  for (const part of ['eyJ', '_authToken', 'sessionId=', 'reconnectionToken']) expect(logs).not.toContain(part);
});

test('DP3 when a node is killed, joins through nginx work at once', async () => {
  await join('ada');
  await one!.end('SIGKILL');
  // Ten in a row: round robin gives half of them to the dead one first.
  for (let i = 0; i < 10; i++) {
    const room = await join(`late-${i}`, { plain: true, create: i % 2 === 0 });
    expect(await rpc(room, 'system.ping', {})).toMatchObject({ result: { at: expect.any(Number) } });
  }
  // What names the dead one is answered by the other.
  expect((await fetch(`http://${address}/n1/nothing/here`)).status).toBe(404);
  expect(nginx.logs('access.log', 'error.log')).not.toContain('eyJ');
});
