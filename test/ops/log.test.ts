import { expect, onTestFinished, test } from 'vitest';
import { createLog, type LogOptions } from '../../src/ops/log.ts';
import { Cluster } from '../support/cluster.ts';
import { RawClient } from '../support/raw-client.ts';

function ear(config: Partial<Parameters<typeof createLog>[0]> = {}, options: LogOptions = {}) {
  const lines: Array<Record<string, unknown>> = [];
  const output = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const log = createLog({ logLevel: 'info', ...config }, 'n1', { output, ...options });
  return { log, lines };
}

test('OP10 every line of the log names its node; users are hashed when they shall be', () => {
  const plain = ear();
  plain.log.info({ user: 'ada', room: 'r' }, 'session joined');
  plain.log.warn('alone');
  expect(plain.lines).toMatchObject([{ node: 'n1', user: 'ada', room: 'r', msg: 'session joined' }, { node: 'n1' }]);
  const hashed = [ear({ logUsers: 'hashed' }), ear({ logUsers: 'hashed' })].map(({ log, lines }) => {
    for (const user of ['ada', 'bob']) log.info({ user, session: 's' }, 'session joined');
    return lines.map(({ user, session }) => [user, session]);
  });
  expect(hashed[0]).toEqual(hashed[1]);
  expect(hashed[0]![0]).toEqual([expect.stringMatching(/^[\w-]{16}$/), 's']);
  expect(hashed[0]![0]![0]).not.toBe(hashed[0]![1]![0]);
});

test('OP11 warnings and errors that say the same again and again are a bounded number of lines', () => {
  let now = 0;
  let repeats = 0;
  const { log, lines } = ear({}, { now: () => now, onRepeat: () => repeats++ });
  for (let i = 0; i < 1_000; i++) log.warn({ where: 'session get', error: `no ${i}` }, 'adapter');
  log.warn({ where: 'session find' }, 'adapter');
  log.error('adapter');
  expect(lines).toHaveLength(22);
  expect(repeats).toBe(980);
  now = 1_000;
  log.warn({ where: 'session get' }, 'adapter');
  log.error('adapter');
  expect(lines[22]).toMatchObject({ msg: 'adapter', where: 'session get', unsaid: 980 });
  expect(lines[23]).not.toHaveProperty('unsaid');
  // What people do is told each time.
  for (let i = 0; i < 1_000; i++) log.info({ session: `${i}` }, 'session joined');
  expect(lines).toHaveLength(1_024);
});

test('OP11 what says something else is told, and what is told apart is bounded', () => {
  const { log, lines } = ear({}, { now: () => 0 });
  for (let i = 0; i < 1_000; i++) log.error(`fault ${i}`);
  expect(lines).toHaveLength(1_000);
});

test('OP6 no token and no secret is ever logged: by a node that talks as much as it can, whatever it is shown', async () => {
  const cluster = await Cluster.start((end) => onTestFinished(end), {
    redis: { args: ['--requirepass', 'redis-password-1'] },
  });
  const secrets = {
    REDIS_URL: `redis://:redis-password-1@127.0.0.1:${cluster.redis.port}`,
    METRICS_TOKEN: 'metrics-token-word',
    LOG_LEVEL: 'trace',
  };
  const node = await cluster.node(secrets);
  const admin = cluster.token('root', 'admin');
  const player = cluster.token('ada');
  const { url } = node;
  await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer metrics-token-word' } });
  await fetch(`${url}/metrics?token=metrics-token-word`, { headers: { authorization: 'Bearer metrics-token-wor' } });
  await fetch(`${url}/monitor/?token=${admin}`, { redirect: 'manual' });
  await fetch(`${url}/v1/admin/rooms/none/move?token=${admin}`, { method: 'POST', redirect: 'manual' });
  await fetch(`${url}/v1/admin/rooms/none/move`, { method: 'POST', headers: { authorization: `Bearer ${admin}` } });
  const client = await RawClient.join(url, player);
  const { reconnectionToken } = client;
  await client.call('session.refresh', { token: player });
  await client.call('session.refresh', { token: `${player}x` });
  client.send('no frame of ours');
  await client.closed;
  await RawClient.return(url, client, player).catch(() => {});
  await cluster.redis.stop();
  await fetch(`${url}/matchmake/joinOrCreate/world`, {
    method: 'POST',
    body: '{}',
    headers: { authorization: `Bearer ${player}` },
  });
  await node.end('SIGTERM');
  expect(node.lines.length).toBeGreaterThan(5);
  const log = JSON.stringify(node.lines);
  const words = [
    'redis-password-1',
    'metrics-token-wor',
    admin.split('.')[2]!,
    player.split('.')[2]!,
    reconnectionToken!,
  ];
  for (const word of [...words, 'development-secret']) expect(log).not.toContain(word);
});
