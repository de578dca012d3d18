import { afterAll, expect, test } from 'vitest';
import { CACHE_MS } from '../../src/ops/metrics/MetricsPage.ts';
import { Cluster } from '../support/cluster.ts';
import { Front } from '../support/front.ts';
import { readMetrics, sumOf } from '../support/metrics.ts';
import { matchmake, RawClient, type Seat } from '../support/raw-client.ts';

const cluster = await Cluster.start((end) => afterAll(end));
const front = await Front.open(cluster, (end) => afterAll(end));
const AFRESH = { timeout: 15_000, interval: CACHE_MS * 1.1 };

test('DP14 a node that is drained gets no new connections from HAProxy, and keeps those that it has', async () => {
  await front.start(0);
  await front.start(1);
  const founder = await RawClient.join(front.url, cluster.token('founder'));
  const owner = await cluster.ownerOf(founder.seat!.roomId, [front.node(0), front.node(1)]);
  const relay = front.node(owner === front.node(0) ? 1 : 0);
  const players = [founder];
  /** One more joins, on the path of the node that is not its room's. */
  const joinThere = async () => {
    const { body } = await matchmake(front.url, 'joinOrCreate/world', { token: cluster.token(`p-${players.length}`) });
    const seat = body as unknown as Seat;
    const path = relay === front.node(0) ? 'n1' : 'n2';
    players.push(await RawClient.sit(front.url, { ...seat, processId: `${path}/${seat.processId}` }));
  };
  const relayed = async () =>
    sumOf(readMetrics(await (await fetch(`${relay.url}/metrics`)).text()), 'gatehouse_relayed_connections');
  // HAProxy may not have seen it yet.
  const goesThere = async () => {
    await joinThere();
    return relayed();
  };
  await expect.poll(goesThere, AFRESH).toBeGreaterThan(1);
  await fetch(`${relay.url}/v1/admin/drain`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cluster.token('olga', 'admin')}` },
  });
  expect((await fetch(`${relay.url}/health/serving`)).status).toBe(404);
  let before = 0;
  const isNoMore = async () => {
    const last = before;
    before = await goesThere();
    return before === last;
  };
  await expect.poll(isNoMore, AFRESH).toBe(true);
  expect(before).toBeGreaterThan(1);
  expect(players.filter(({ open }) => !open)).toEqual([]);
  await Promise.all(players.map((player) => player.settled()));
}, 60_000);
