import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';

test('CY18 `npm run cluster -- --rolling` restarts each node while players of its own play, says what they noticed, and goes on serving', {
  timeout: 90_000,
}, async () => {
  const cluster = spawn(process.execPath, ['scripts/cluster.ts', '--rolling'], {
    env: { ...process.env, PORT: '0', NODE_ENV: 'development' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    const ended = once(cluster, 'exit');
    cluster.kill('SIGTERM');
    await ended;
  });
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    cluster.once('exit', (code) => reject(new Error(`the cluster ended with ${code}`)));
    createInterface({ input: cluster.stdout! }).on('line', (line) => {
      lines.push(line.trim());
      if (line.includes('rolled:')) resolve();
    });
  });
  for (const node of ['n1', 'n2']) {
    const seen = new RegExp(
      `^${node} restarted in [\\d.]+ s: (\\d) came back to another connection, 6 of 6 kept their seat`,
    );
    expect(lines).toContainEqual(expect.stringMatching(seen));
  }
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^rolled: 6 of 6 players kept their seat; of [1-9]\d+ words that were answered 0 were lost or heard twice$/,
    ),
  );
  // Somebody was on the node that ended.
  expect(lines.some((line) => /: [1-6] came back/.test(line))).toBe(true);
  const url = /The cluster is open at (\S+)/.exec(lines.join('\n'))![1];
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
});
