import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Prometheus } from '../support/prometheus.ts';
import { alertsOf } from '../support/runbooks.ts';

test('OA1 the cluster with --observe has a Prometheus that reads every node, by its token, and knows every rule', async () => {
  const child = spawn(process.execPath, ['scripts/cluster.ts', '--observe'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: '0', PROMETHEUS_PORT: '0', METRICS_TOKEN: 'only-for-this-test' },
  });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  });
  const nodes: string[] = [];
  const prometheus = await new Promise<Prometheus>((resolve, reject) => {
    let url = '';
    child.once('exit', (code) => reject(new Error(`the cluster ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const node = /node n\d: (\S+)/.exec(line)?.[1];
      if (node !== undefined) nodes.push(node);
      url = /prometheus: (\S+)/.exec(line)?.[1] ?? url;
      if (line.includes('The cluster is open')) resolve(new Prometheus(url));
    });
  });
  await vi.waitFor(
    async () => {
      const targets = await prometheus.targets();
      expect(targets.map(({ scrapeUrl }) => scrapeUrl).sort()).toEqual(nodes.map((url) => `${url}/metrics`).sort());
      expect(targets.map(({ health }) => health)).toEqual(['up', 'up']);
    },
    { timeout: 25_000, interval: 250 },
  );
  expect((await prometheus.rules()).sort()).toEqual(
    alertsOf()
      .map(({ name }) => name)
      .sort(),
  );
  expect((await fetch(`${nodes[0]}/metrics`)).status).toBe(403);
}, 60_000);
