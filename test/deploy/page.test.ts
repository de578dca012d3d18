import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { Cluster } from '../support/cluster.ts';
import { RedisServer } from '../support/redis-server.ts';

const page = readFileSync('docs/deploy.md', 'utf8');
const blocks = (marker: string) =>
  [...page.matchAll(new RegExp(`<!-- tested: ${marker} -->\n\`\`\`sh\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    (match) => match[1]!,
  );

test('DP11 the commands of the document show what they say', async () => {
  const cluster = await Cluster.start((end) => onTestFinished(end));
  const JWT_SECRET = 'of-a-test'.repeat(8);
  const node = await cluster.node({ JWT_SECRET, PUBLIC_ADDRESS: 'play.example.com/n1' });
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { port } = new URL(node.url);
  const run = async (command: string) => {
    const here = {
      REDIS_URL: cluster.redis.url,
      NATS_URL: cluster.nats.url,
      JWT_SECRET,
      PID: String(node.process.pid),
      BACKUP: folder,
    };
    const env = { ...process.env, ...here };
    return (await promisify(execFile)('sh', ['-ec', command.replaceAll('2567', port)], { env })).stdout;
  };
  const [files, backup, health, listens, seat, nodes, ...more] = blocks('command');
  expect(more).toEqual([]);
  expect(await run(files!)).toMatch(/^Max open files .*\n\d+\nVmRSS:\s+\d+ kB\n$/);
  expect(await run(health!)).toBe(
    '{"status":"live"}{"status":"serving"}{"status":"ready","checks":{"matchmaker":"ready","nodes":"ready","redis":"ready","nats":"ready"}}',
  );
  expect(await run(listens!)).toContain(`:${port} `);
  const { processId, ...rest } = JSON.parse(await run(seat!));
  expect(rest).toMatchObject({ name: 'world', publicAddress: 'play.example.com/n1' });
  expect((await run(nodes!)).trim()).toBe(processId);

  await run(backup!);
  const args = ['--dir', folder, '--dbfilename', 'gatehouse.rdb'];
  const restored = new Redis((await RedisServer.start({ args })).url);
  const original = new Redis(cluster.redis.url);
  expect(await restored.get('gatehouse:secret')).toBe(await original.get('gatehouse:secret'));
  expect(await restored.get('gatehouse:schema')).toBe('1');
  restored.disconnect();
  original.disconnect();
});

test('DP11 the settings of the document are settings', () => {
  const [one, tls, ...more] = blocks('settings').map((block) =>
    Object.fromEntries(
      block
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/).slice(0, 2)),
    ),
  );
  expect(more).toEqual([]);
  expect(readConfig(one)).toMatchObject({
    production: true,
    trustProxy: 1,
    allowedOrigins: ['https://play.example.com'],
  });
  const { REDIS_CA_FILE, NATS_CA_FILE, NATS_CREDS_FILE, ...addresses } = tls!;
  expect(readConfig({ ...one, ...addresses })).toMatchObject({
    cluster: { redisUrl: expect.stringMatching(/^rediss:/) },
  });
  // The files are not there; that they are asked for says that the names are right.
  for (const [name, path] of Object.entries({ REDIS_CA_FILE, NATS_CA_FILE, NATS_CREDS_FILE })) {
    expect(() => readConfig({ ...one, ...addresses, [name]: path })).toThrow(`${name}=`);
  }
});
