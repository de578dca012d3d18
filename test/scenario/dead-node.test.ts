import { Client } from '@colyseus/sdk';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { errors } from '../../schema/index.ts';
import { Cluster } from '../support/cluster.ts';
import { matchmake, RawClient } from '../support/raw-client.ts';
import { rpc } from '../support/rpc.ts';

/** What rooms/WorldRoom.ts lets in. */
const WORLD_SEATS = 200;

const cluster = await Cluster.start((end) => afterAll(end));

/** A node with a world, and one beside it. */
async function twoNodes() {
  const [owner, other] = [await cluster.node(), await cluster.node()];
  onTestFinished(async () => {
    await Promise.all([owner.end('SIGKILL'), other.end('SIGKILL')]);
  });
  const client = new Client(owner.url);
  client.auth.token = cluster.token('first');
  const room = await client.create('world');
  room.reconnection.enabled = false;
  room.onMessage('*', () => {});
  const { node } = (await rpc(room, 'system.info', {})).result as { node: string };
  return { owner, other, roomId: room.roomId, node };
}

test.each([
  ['is killed', 'SIGKILL'],
  ['hangs', 'SIGSTOP'],
] as const)(
  'CN13 joins in the moment in which the node of their room %s end in a seat elsewhere',
  async (_, signal) => {
    const { owner, other, node } = await twoNodes();
    owner.process.kill(signal);
    const joins = Array.from({ length: 8 }, (_, i) =>
      matchmake(other.url, 'joinOrCreate/world', { token: cluster.token(`late-${i}`) }),
    );
    for (const { status, body } of await Promise.all(joins)) {
      expect({ status, body }).toMatchObject({ status: 200 });
      // In another room or in the same one, which may be back by then.
      expect(body.processId).not.toBe(node);
    }
    const newcomer = await RawClient.join(other.url, cluster.token('ada'));
    await newcomer.settled();
    await newcomer.leave();
  },
);

test('CN14 who asks for a room of a dead node by its id is told that it is not available or not there, never that a seat expired', async () => {
  const { owner, other, roomId } = await twoNodes();
  await owner.end('SIGKILL');
  const answer = await matchmake(other.url, `joinById/${roomId}`, { token: cluster.token('bob') });
  expect([errors.UNAVAILABLE.code, errors.NOT_FOUND.code]).toContain(answer.body.code);
});

test('CN15 of more who join at once than a room has seats, through several nodes, nobody is refused: who finds it full gets another', async () => {
  const env = { JOINS_PER_ADDRESS: '10000', MAX_CONNECTIONS_PER_ADDRESS: '1000' };
  const nodes = [await cluster.node(env), await cluster.node(env)] as const;
  onTestFinished(async () => {
    await Promise.all(nodes.map((node) => node.end('SIGKILL')));
  });
  const seats = new Map<string, number>();
  const joins = Array.from({ length: WORLD_SEATS + 40 }, (_, i) =>
    matchmake(nodes[i % 2]!.url, 'joinOrCreate/world', { token: cluster.token(`user-${i}`) }),
  );
  for (const { status, body } of await Promise.all(joins)) {
    expect({ status, body }).toMatchObject({ status: 200 });
    const { roomId } = body as { roomId: string };
    seats.set(roomId, (seats.get(roomId) ?? 0) + 1);
  }
  expect(seats.size).toBeGreaterThan(1);
  for (const taken of seats.values()) expect(taken).toBeLessThanOrEqual(WORLD_SEATS);
});
