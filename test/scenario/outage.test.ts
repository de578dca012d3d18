import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Balancer, freeAddress } from '../support/balancer.ts';
import { Cluster } from '../support/cluster.ts';
import { endure, type OutageOptions } from '../support/outage.ts';

// Redis keeps its data, as deploy/README.md says it should.
const cluster = await Cluster.start((end) => afterAll(end), { redis: { keep: true } });
const env = { TRUST_PROXY: '1', JOINS_PER_ADDRESS: '1000' };
const nodes = [await cluster.node(env), await cluster.node(env)] as const;

/** Ten times the time to live of a node, so that each would be called dead by the others. */
const OUTAGE_MS = 30_000;
/** Long enough for a balancer to take out both nodes, if it took them for dead. */
const BALANCED_OUTAGE_MS = 6_000;

test.each(['redis', 'nats'] as const)(
  'CN10 while %s is away for 30 s no node ends, no room is lost and no connection closed; 5 s later all is right again',
  { timeout: 90_000 },
  (name) => endure({ cluster, nodes, players: 20, outage: away(name, OUTAGE_MS) }),
);

test.each([
  ['haproxy', 'redis'],
  ['haproxy', 'nats'],
  ['nginx', 'redis'],
  ['nginx', 'nats'],
] as const)(
  'DP13 through %s no connection is closed while %s is away, and who loses theirs comes back',
  { timeout: 60_000 },
  async (kind, name) => {
    const address = await freeAddress();
    const [n1, n2] = nodes.map(({ url }) => new URL(url).host) as [string, string];
    const balancer = await Balancer[kind]({ address, nodes: [n1, n2] });
    onTestFinished(() => balancer.clear());
    await endure({ cluster, nodes, url: `http://${address}`, players: 10, outage: away(name, BALANCED_OUTAGE_MS) });
  },
);

function away(name: 'redis' | 'nats', ms: number): OutageOptions['outage'] {
  return async (during) => {
    await cluster[name].stop();
    for (const { url } of nodes) {
      await expect.poll(async () => (await fetch(`${url}/health/ready`)).status).toBe(503);
    }
    const until = performance.now() + ms;
    while (performance.now() < until) {
      await during();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await cluster[name].restart();
  };
}
