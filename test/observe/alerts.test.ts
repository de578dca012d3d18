import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Cluster, type NodeProcess } from '../support/cluster.ts';
import { Prometheus } from '../support/prometheus.ts';
import { RawClient } from '../support/raw-client.ts';
import { runbookOf } from '../support/runbooks.ts';

/** Times that `for`, windows and intervals are shorter: two minutes are four seconds. */
const FASTER = 30;
/** Long enough for players who do not answer to be slow for a while before they are cut. */
const HEARTBEAT_S = 16;
const PLAYERS = 12;
const ENV = { HEARTBEAT: String(HEARTBEAT_S), SNAPSHOT_INTERVAL: '0.5', OUTBOX_AGE: '60', JOINS_PER_ADDRESS: '1000' };

const ends: Array<() => Promise<void>> = [];
let cluster: Cluster;
let nodes: NodeProcess[];
let prometheus: Prometheus;
let players: RawClient[];

beforeAll(async () => {
  cluster = await Cluster.start((end) => ends.push(end));
  nodes = [await cluster.node(ENV), await cluster.node(ENV)];
  prometheus = await Prometheus.start((end) => ends.push(end), { urls: nodes.map(({ url }) => url), faster: FASTER });
  players = await Promise.all(
    Array.from({ length: PLAYERS }, (_, i) => RawClient.join(nodes[i % 2]!.url, cluster.token(`player-${i}`))),
  );
  await vi.waitFor(async () => expect(await prometheus.query('up == 1')).toHaveLength(2), { timeout: 10_000 });
});
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

/** What a busy machine does to the ticks is not what these tests are about. */
async function firing(): Promise<string[]> {
  return (await prometheus.firing()).filter((name) => name !== 'TicksLate');
}

/** Looks at what fires after all that shall: by then whatever waits for three minutes has had its time, which is six seconds. */
const LATER_LOOKS = 28;

/** All that fires is what the runbook of the alert names, from the beginning; in the end, and for a while, it is all of that. */
async function expectFired(alert: string): Promise<void> {
  const named = [alert, ...runbookOf(alert).along].sort();
  const seen = new Set<string>();
  let looks = 0;
  await vi.waitFor(
    async () => {
      const now = await firing();
      for (const name of now) seen.add(name);
      expect([...seen].filter((name) => !named.includes(name))).toEqual([]);
      if (now.join() === named.join()) looks += 1;
      expect(now).toEqual(named);
      expect(looks).toBeGreaterThan(LATER_LOOKS);
    },
    { timeout: 60_000, interval: 250 },
  );
}

async function expectQuiet(): Promise<void> {
  await vi.waitFor(async () => expect(await firing()).toEqual([]), { timeout: 40_000, interval: 250 });
}

test('OA5 readers that stall fire exactly the alerts that the runbook of SlowClients names', async () => {
  await expectQuiet();
  const stalled = players.slice(0, PLAYERS / 3);
  for (const { socket } of stalled) socket.pause();
  await expectFired('SlowClients');
  for (const { socket } of stalled) socket.resume();
  await expectQuiet();
  expect(players.filter(({ open }) => !open)).toEqual([]);
}, 95_000);

test('OA5 a Redis that stops fires exactly the alerts that its runbook names', async () => {
  await expectQuiet();
  await cluster.redis.stop();
  await expectFired('RedisUnreachable');
  await cluster.redis.restart();
  await expectQuiet();
  expect(players.filter(({ open }) => !open)).toEqual([]);
}, 95_000);

test('OA5 a node that is killed while players come through it to a room elsewhere fires exactly the alerts that its runbook names', async () => {
  const owner = await cluster.ownerOf(players[0]!.seat!.roomId, nodes);
  const [relay] = nodes.filter((node) => node !== owner);
  await killed(relay!);
  players = await back(owner);
  await expectFired('NodeDown');
  nodes = [owner, await cluster.node({ ...ENV, PORT: new URL(relay!.url).port })];
}, 95_000);

test('OA5 a node that is killed with its rooms fires exactly the alerts that its runbook names', async () => {
  const [owner, other] = nodes;
  await killed(owner!);
  players = await back(other!);
  await expectFired('NodeDown');
}, 95_000);

/** Whose players have noticed it. */
async function killed(node: NodeProcess): Promise<void> {
  await expectQuiet();
  await node.end('SIGKILL');
  await vi.waitFor(() => expect(players.filter(({ open }) => !open).length).toBeGreaterThanOrEqual(PLAYERS / 2));
}

/** All players, those without a connection returned to their seats through this node, as a balancer would bring them. */
function back(node: NodeProcess): Promise<RawClient[]> {
  return Promise.all(
    players.map((player, i) => {
      const again = () => (player.open ? player : RawClient.return(node.url, player, cluster.token(`player-${i}`)));
      return vi.waitFor(again, { timeout: 30_000, interval: 300 });
    }),
  );
}
