import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { endure } from '../support/outage.ts';
import { RawClient } from '../support/raw-client.ts';

const cluster = await Cluster.start((end) => afterAll(end));
const nodes = [await cluster.node(), await cluster.node()] as const;

test.each([
  ['at once', 0],
  ['after 8 seconds', 8_000],
])('CN12 after a Redis that lost its data is back %s, all is right again by itself', { timeout: 60_000 }, (_, ms) =>
  endure({
    cluster,
    nodes,
    players: 6,
    async outage(during) {
      await cluster.redis.stop();
      const until = performance.now() + ms;
      do {
        await during();
        await setTimeout(250);
      } while (performance.now() < until);
      await cluster.redis.restart();
      for (let turn = 0; turn < 4; turn++) await during();
    },
  }),
);

test('CN12 a node that starts afterwards is trusted with relays by those that were there before', async () => {
  const late = await cluster.node();
  const owner = await RawClient.join(nodes[0].url, cluster.token('ada'));
  const guest = await RawClient.join(late.url, cluster.token('bob'));
  expect(guest.seat!.roomId).toBe(owner.seat!.roomId);
  await guest.settled();
  await Promise.all([owner.leave(), guest.leave()]);
});
