import { afterAll, expect, test } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { endure } from '../support/outage.ts';

// Redis keeps its data, as deploy/README.md says it should.
const cluster = await Cluster.start((end) => afterAll(end), { redis: { keep: true } });
const nodes = [await cluster.node(), await cluster.node()] as const;

/** Ten times the time to live of a node, so that each would be called dead by the others. */
const OUTAGE_MS = 30_000;

test.each(['redis', 'nats'] as const)(
  'CN10 while %s is away for 30 s no node ends, no room is lost and no connection closed; 5 s later all is right again',
  { timeout: 90_000 },
  (name) =>
    endure({
      cluster,
      nodes,
      players: 20,
      async outage(during) {
        await cluster[name].stop();
        for (const { url } of nodes) {
          await expect.poll(async () => (await fetch(`${url}/health/ready`)).status).toBe(503);
        }
        const until = performance.now() + OUTAGE_MS;
        while (performance.now() < until) {
          await during();
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
        await cluster[name].restart();
      },
    }),
);
