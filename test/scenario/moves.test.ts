import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { endsOf, enter, returned, SHELTERS, tell } from '../support/shelter.ts';
import { standInNode } from '../support/stand-in-node.ts';

const [keeping, forgetting] = [
  await Cluster.start((end) => afterAll(end), { redis: { keep: true } }),
  await Cluster.start((end) => afterAll(end)),
];

/** A node with a room of three; there is no other that could take it. */
async function shelter(cluster = keeping) {
  const node = await cluster.node(SHELTERS);
  onTestFinished(() => node.end('SIGKILL'));
  const first = await enter(cluster, node, 'ada', { create: 'shelter' });
  const { roomId } = first;
  const rooms = [first, await enter(cluster, node, 'bob', { roomId }), await enter(cluster, node, 'cyd', { roomId })];
  expect((await tell(first, 'count')).count).toBe(1);
  return { node, rooms, roomId, ends: endsOf(rooms) };
}

test('CY6 a move that nobody takes leaves the room where it was, with everybody in it, and lets people in again', {
  timeout: 40_000,
}, async () => {
  const { node, rooms, roomId, ends } = await shelter();
  await standInNode(keeping, 'deaf');
  await standInNode(keeping, 'unwilling', () => ({ adopted: false }));
  await standInNode(keeping, 'babbling', () => ['what?']);
  const back = rooms.map(returned);
  expect(await keeping.move(node, roomId)).toBe(false);
  await Promise.all(back);
  for (const room of rooms) expect(await tell(room, 'count')).toMatchObject({ locked: false });
  expect((await tell(rooms[0]!, 'count')).count).toBe(5);
  expect(ends).toEqual([]);
  expect(await keeping.room(roomId)).toMatchObject({ epoch: '2' });
  const late = await enter(keeping, node, 'dan', { roomId });
  await Promise.all([...rooms, late].map((room) => room.leave()));
  // It ended as any other.
  await expect.poll(() => keeping.room(roomId)).toEqual({});
});

test('CY6 a node that took a room and could not go on with it gives it up, and it goes on where it was', {
  timeout: 40_000,
}, async () => {
  const { node, rooms, roomId, ends } = await shelter();
  await standInNode(keeping, 'clumsy', async (owner) => {
    const { epoch } = owner as { epoch: number };
    // As a node does whose rooms have another form: claims, fails, and takes it off the store.
    await keeping.ask((redis) => redis.hset(`gatehouse:room:${roomId}`, { node: 'clumsy', epoch: epoch + 1 }));
    await keeping.ask((redis) => redis.del(`gatehouse:room:${roomId}`));
    return { adopted: false };
  });
  const back = rooms.map(returned);
  expect(await keeping.move(node, roomId)).toBe(false);
  await Promise.all(back);
  expect((await tell(rooms[0]!, 'count')).count).toBe(2);
  expect(await keeping.room(roomId)).toMatchObject({ epoch: '3' });
  expect(ends).toEqual([]);
  await Promise.all(rooms.map((room) => room.leave()));
});

test.each([
  ['keeps its data', keeping],
  ['comes back empty', forgetting],
])(
  'CY7 Redis that is lost in the middle of a move, and %s, costs nobody the seat',
  { timeout: 25_000 },
  async (_, cluster) => {
    const { node, rooms, roomId, ends } = await shelter(cluster);
    let asked = 0;
    await standInNode(cluster, 'witness', async () => {
      asked += 1;
      await cluster.redis.stop();
      return { adopted: false };
    });
    const back = rooms.map(returned);
    const moved = cluster.move(node, roomId);
    await expect.poll(() => node.lines.filter(({ msg }) => msg === 'room not taken back').length).toBeGreaterThan(2);
    expect(asked).toBe(1);
    await cluster.redis.restart();
    expect(await moved).toBe(false);
    await Promise.all(back);
    expect((await tell(rooms[0]!, 'count')).count).toBe(2);
    expect(ends).toEqual([]);
    await expect.poll(async () => (await cluster.room(roomId)).snapshot).toBeDefined();
    await Promise.all(rooms.map((room) => room.leave()));
  },
);
