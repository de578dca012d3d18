import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nodeFlags } from '../../scripts/node-flags.ts';
import type { Environment } from '../../src/config.ts';

interface App {
  readonly name: string;
  readonly script: string;
  readonly instances: number;
  readonly exec_mode: string;
  readonly kill_timeout: number;
  readonly node_args: readonly string[];
  readonly env?: Record<string, string>;
}

/** The file as pm2 reads it, in an environment; what it said when it could not be read. */
function read(env: Environment): { apps: App[] } | { refused: string } {
  const program = "console.log(JSON.stringify(require('./ecosystem.config.js').apps))";
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  });
  return status === 0 ? { apps: JSON.parse(stdout) } : { refused: /^Error: (.*)$/m.exec(stderr)?.[1] ?? stderr };
}

const shared = { REDIS_URL: 'redis://127.0.0.1:6379', NATS_URL: 'nats://127.0.0.1:4222' };

test('DP7 pm2 starts one process with the settings as they are', () => {
  for (const env of [
    {},
    { NODES: '1' },
    { NODES: '' },
    { PORT: '3000', PUBLIC_ADDRESS: 'play.example.com', ...shared },
  ]) {
    const { apps } = read(env) as { apps: App[] };
    expect(apps).toHaveLength(1);
    expect(apps[0]).toMatchObject({ name: 'gatehouse', script: 'src/main.ts', instances: 1, exec_mode: 'fork' });
    expect(apps[0]).not.toHaveProperty('env');
  }
});

test('DP7 pm2 starts as many nodes as NODES says, each with a name, a port, an address and a path of its own', () => {
  const { apps } = read({ NODES: '2', ...shared }) as { apps: App[] };
  expect(apps.map(({ name, env }) => [name, env])).toEqual([
    ['gatehouse-1', { PORT: '2567' }],
    ['gatehouse-2', { PORT: '2568' }],
  ]);
  const addresses = { PORT: '3000', NODE_ADDRESS: '[fd00::5]:4000', PUBLIC_ADDRESS: 'play.example.com/b' };
  expect(read({ NODES: '3', ...shared, ...addresses })).toMatchObject({
    apps: [1, 2, 3].map((n) => ({
      name: `gatehouse-${n}`,
      instances: 1,
      env: {
        PORT: `${2999 + n}`,
        NODE_ADDRESS: `[fd00::5]:${3999 + n}`,
        PUBLIC_ADDRESS: `play.example.com/b/n${n}`,
      },
    })),
  });
});

test.each([
  [{ NODES: '2' }, /^NODES=2 needs REDIS_URL and NATS_URL: .* Example: NODES=2 REDIS_URL=/],
  [{ NODES: '2', REDIS_URL: shared.REDIS_URL }, /^NODES=2 needs REDIS_URL and NATS_URL/],
  [{ NODES: 'two', ...shared }, /^NODES=two must be a whole number .* Example: NODES=/],
  [{ NODES: '0', ...shared }, /^NODES=0 must be a whole number/],
  [{ NODES: '2', PORT: '0', ...shared }, /^PORT=0 must be a whole number .* Example: PORT=2567/],
])('DP8 pm2 is told in a sentence what several nodes need: %j', (env, sentence) => {
  expect(read(env)).toEqual({ refused: expect.stringMatching(sentence) });
});

test('DP12 wherever Gatehouse is started, Node gets the same flags', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const words = nodeFlags.join(' ');
  expect(scripts.serve).toBe(`node ${words} src/main.ts`);
  expect(scripts.dev).toContain(words);
  expect((read({}) as { apps: App[] }).apps[0]!.node_args).toEqual(nodeFlags);
  expect(readFileSync('deploy/gatehouse@.service', 'utf8')).toContain(`bin/node ${words} src/main.ts\n`);
  const command = /^CMD (.*)$/m.exec(readFileSync('deploy/Containerfile', 'utf8'))![1]!;
  expect(JSON.parse(command)).toEqual(['node', ...nodeFlags, 'src/main.ts']);
});

test('DP10 whoever stops a node gives it longer than its rooms may take to end', () => {
  const inMain = /SHUTDOWN_MS = ([\d_]+)/.exec(readFileSync('src/main.ts', 'utf8'))![1]!;
  const seconds = Number(inMain.replaceAll('_', '')) / 1_000;
  const { apps } = read({}) as { apps: App[] };
  expect(apps[0]!.kill_timeout / 1_000).toBeGreaterThan(seconds);
  const unit = readFileSync('deploy/gatehouse@.service', 'utf8');
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)![1])).toBeGreaterThan(seconds);
  const page = readFileSync('docs/deploy.md', 'utf8');
  expect(Number(/--stop-timeout (\d+)/.exec(page)![1])).toBeGreaterThan(seconds);
});
