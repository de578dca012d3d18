import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { Client, type Room } from '@colyseus/sdk';
import { nkeys } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { natsEventBus } from '../../src/adapters/nats/index.ts';
import { openPorts } from '../../src/adapters/open.ts';
import { openRedis } from '../../src/adapters/redis/connection.ts';
import { redisMatchmaking } from '../../src/adapters/redis/matchmaking.ts';
import { type Environment, readConfig } from '../../src/config.ts';
import { Authority } from '../support/authority.ts';
import { Cluster } from '../support/cluster.ts';
import { NatsOperator } from '../support/nats-operator.ts';
import { NatsServer } from '../support/nats-server.ts';
import { RedisServer } from '../support/redis-server.ts';

const authority = new Authority('ours');
const { certFile, keyFile } = authority.certificate();
const user = nkeys.createUser();
const nkeyFile = file('user.nk', Buffer.from(user.getSeed()).toString());
const tls = `tls { cert_file: "${certFile}", key_file: "${keyFile}" }`;

const cluster = await Cluster.start((end) => afterAll(end));
/** Neither of them speaks anything but TLS. */
const nats = await NatsServer.start({
  config: `${tls}\nauthorization { users: [{ nkey: ${user.getPublicKey()} }] }`,
});
const redisPort = await portOfTlsRedis();
const secured = {
  REDIS_URL: `rediss://localhost:${redisPort}`,
  REDIS_CA_FILE: authority.caFile,
  NATS_URL: `tls://localhost:${nats.port}`,
  NATS_NKEY_FILE: nkeyFile,
  NATS_CA_FILE: authority.caFile,
};

function file(name: string, content: string): string {
  const path = join(authority.folder, name);
  writeFileSync(path, content);
  return path;
}

async function portOfTlsRedis(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', authority.caFile];
  const args = ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', ...files];
  await RedisServer.start({ args });
  return port;
}

/** The ports of a node as its environment makes them, until the end of the test. */
async function openFrom(env: Environment) {
  const ports = await openPorts(readConfig(env), () => {}, { count() {}, observe() {} });
  onTestFinished(async () => {
    const { sessions, revocations, directory, bus, nodes, matchmaking } = ports;
    await Promise.all([sessions, revocations, directory, bus, nodes].map((port) => port.close()));
    matchmaking.presence.shutdown();
    await matchmaking.driver.shutdown();
    await ports.close?.();
  });
  return ports;
}

const plain = { REDIS_URL: cluster.redis.url };
const messageOf = (opening: Promise<unknown>) =>
  opening.then(String, (error: Error) => `${error.name}: ${error.message}`);

test('RD23 two nodes whose Redis and NATS speak nothing but TLS play together', async () => {
  // The second trusts the authority as a public one would be trusted: because Node does.
  const { REDIS_CA_FILE: _redis, NATS_CA_FILE: _nats, ...publicly } = secured;
  const nodes = [
    await cluster.node(secured),
    await cluster.node({ ...publicly, NODE_EXTRA_CA_CERTS: authority.caFile }),
  ];
  const rooms: Room[] = [];
  for (const [i, node] of nodes.entries()) {
    const client = new Client(node.url);
    client.auth.token = cluster.token(`player-${i}`);
    const room = await client.joinOrCreate('world');
    room.onMessage('*', () => {});
    rooms.push(room);
  }
  expect(rooms[0]!.roomId).toBe(rooms[1]!.roomId);
  for (const room of rooms) await expect.poll(() => room.state?.players?.size).toBe(2);
  // Five sockets each, all of them over TLS, as there is no other way in.
  const looker = new Redis({ port: redisPort, tls: { ca: readFileSync(authority.caFile) } });
  const clients = String(await looker.client('LIST'))
    .trim()
    .split('\n');
  looker.disconnect();
  expect(clients.filter((line) => !line.includes('cmd=client'))).toHaveLength(10);
  for (const room of rooms) await room.leave();
});

test('RD23 a Redis that nobody vouches for is refused, with a sentence that says where to look', async () => {
  const url = secured.REDIS_URL;
  const foreign = new Authority('theirs');
  for (const caFile of [undefined, foreign.caFile]) {
    const refused = await messageOf(openRedis({ url, caFile, startMs: 500 }));
    expect(refused).toMatch(/^ConfigError: REDIS_URL=rediss:\/\/localhost:\d+ .*certificate.*REDIS_CA_FILE/);
  }
  const connection = await openRedis({ url, caFile: authority.caFile });
  await connection.close();
  const lost = redisMatchmaking({ url, prefix: 'a:', caFile: foreign.caFile });
  onTestFinished(async () => {
    lost.presence.shutdown();
    await lost.driver.shutdown();
  });
  await expect(lost.presence.get('key')).rejects.toThrow();
  expect(lost.isReady()).toBe(false);
});

test('RD24 a Redis that serves several names by one address is told which is meant, on every connection', async () => {
  const asked: string[] = [];
  const server = createTlsServer(
    {
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
      SNICallback(name, done) {
        asked.push(name);
        done(null);
      },
    },
    (socket) => socket.on('error', () => {}).destroy(),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `rediss://localhost:${(server.address() as AddressInfo).port}`;
  const refused = messageOf(openRedis({ url, caFile: authority.caFile, startMs: 500 }));
  await expect.poll(() => asked.length).toBeGreaterThanOrEqual(2);
  await refused;
  const before = asked.length;
  const { presence, driver } = redisMatchmaking({ url, prefix: 'a:', caFile: authority.caFile });
  await expect.poll(() => asked.length - before).toBeGreaterThanOrEqual(3);
  presence.shutdown();
  await driver.shutdown();
  expect(new Set(asked)).toEqual(new Set(['localhost']));
});

test('NB12 NATS_CREDS_FILE, NATS_NKEY_FILE or a user in NATS_URL let a node in', async () => {
  const operator = new NatsOperator();
  const guarded = await NatsServer.start({ config: operator.config });
  const credsFile = file('user.creds', operator.credentials());
  const passwords = await NatsServer.start({ config: 'authorization { user: ada, password: "se:cret" }' });
  for (const env of [
    { NATS_URL: guarded.url, NATS_CREDS_FILE: credsFile },
    { NATS_URL: secured.NATS_URL, NATS_NKEY_FILE: nkeyFile, NATS_CA_FILE: authority.caFile },
    { NATS_URL: `nats://ada:se%3Acret@127.0.0.1:${passwords.port}` },
  ]) {
    const { bus } = await openFrom({ ...plain, ...env });
    await bus.serve('who', 'all', () => 'me');
    expect(await bus.request('who', null, 5_000)).toBe('me');
  }
});

test('NB12 who is not let in is told by a sentence that names the settings and holds no secret', async () => {
  const operator = new NatsOperator();
  const guarded = await NatsServer.start({ config: operator.config });
  const stranger = nkeys.createUser();
  const seed = Buffer.from(stranger.getSeed()).toString();
  const creds = new NatsOperator().credentials();
  // Not the last character: part of it says nothing.
  const mistyped = seed.slice(0, 20) + (seed[20] === 'A' ? 'B' : 'A') + seed.slice(21);
  const cases: Array<[Environment, RegExp]> = [
    [{ NATS_URL: guarded.url, NATS_CREDS_FILE: file('foreign.creds', creds) }, /refuses .*NATS_CREDS_FILE/],
    [{ ...secured, NATS_NKEY_FILE: file('foreign.nk', seed) }, /refuses .*NATS_NKEY_FILE/],
    [
      { ...secured, NATS_NKEY_FILE: file('mistyped.nk', mistyped) },
      /^ConfigError: NATS_NKEY_FILE=".*Example: NATS_NKEY_FILE=/,
    ],
  ];
  for (const [env, says] of cases) {
    const refused = await messageOf(
      openPorts(readConfig({ ...plain, ...env }), () => {}, { count() {}, observe() {} }),
    );
    expect(refused).toMatch(/^ConfigError: /);
    expect(refused).toMatch(says);
    for (const secret of [seed, mistyped, creds.split('\n')[1]!, creds.split('\n')[4]!]) {
      expect(secret.length).toBeGreaterThan(50);
      expect(refused).not.toContain(secret);
    }
  }
});

test('NB12 a NATS that nobody vouches for is refused, with a sentence that says where to look', async () => {
  const { caFile } = new Authority('theirs');
  const servers = secured.NATS_URL;
  const refused = await messageOf(natsEventBus({ servers, nkeyFile, tls: { caFile }, startTimeoutMs: 0 }));
  expect(refused).toMatch(/^ConfigError: NATS at localhost:\d+ .*certificate.*NATS_CA_FILE/);
});
