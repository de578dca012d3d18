import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openRedis, type RedisConnection } from '../../src/adapters/redis/connection.ts';
import { redisDirectory } from '../../src/adapters/redis/directory.ts';
import { redisPorts } from '../../src/adapters/redis/index.ts';
import { redisMatchmaking } from '../../src/adapters/redis/matchmaking.ts';
import { redisNodes } from '../../src/adapters/redis/nodes.ts';
import { redisRevocations } from '../../src/adapters/redis/revocations.ts';
import { redisRoomStore } from '../../src/adapters/redis/room-store.ts';
import { redisSessionStore } from '../../src/adapters/redis/session-store.ts';
import type { Revocation } from '../../src/ports/revocations.ts';
import type { SessionRecord, SessionStore } from '../../src/ports/session-store.ts';
import { clockOff, connect, freshPrefix, lookInto, openNode } from '../support/redis-bench.ts';
import { lineTo } from '../support/redis-line.ts';
import { RedisServer } from '../support/redis-server.ts';
import { directoryContract } from './directory.ts';
import { nodeRecord, nodesContract } from './nodes.ts';
import { revocationsContract } from './revocations.ts';
import { roomStoreContract } from './room-store.ts';
import { sessionRecord, sessionStoreContract } from './session-store.ts';

const server = await RedisServer.start();
/** The one that tests stop and freeze. */
const frail = await RedisServer.start();
const open = () => openRedis({ url: server.url, prefix: freshPrefix() });
const TTL = 60_000;

sessionStoreContract('Redis session store', async () => {
  const connection = await open();
  return { store: redisSessionStore({ connection }), pass: sleep, end: () => connection.close() };
});

roomStoreContract('Redis room store', async () => {
  const connection = await open();
  return { store: redisRoomStore({ connection }), pass: sleep, end: () => connection.close() };
});

revocationsContract('Redis revocations', async () => {
  const connection = await open();
  const revocations = await redisRevocations({ connection });
  return {
    revocations,
    now: () => Date.now(),
    pass: sleep,
    end: async () => {
      await revocations.close();
      await connection.close();
    },
  };
});

directoryContract('Redis directory', async (capacity) => {
  const connection = await open();
  return { directory: redisDirectory({ connection, capacity }), end: () => connection.close() };
});

nodesContract('Redis nodes', async () => {
  const connection = await open();
  return { nodes: redisNodes({ connection }), pass: sleep, end: () => connection.close() };
});

type Node = Awaited<ReturnType<typeof openNode>>;
const at = (userId: string, sessionId = `s-${userId}`, nodeId = 'n1', roomName = 'world') => ({
  sessionId,
  userId,
  name: userId,
  roomName,
  nodeId,
});
const user = (userId: string) => ({ userId, tokenId: null, issuedAt: 1 });
const userRevoked = (userId: string): Revocation => ({ kind: 'user', userId, until: Date.now() + TTL });

/** One call of every kind. */
const everyCall = ({ sessions, directory, nodes, revocations }: Node): Array<() => Promise<unknown>> => [
  () => sessions.create(sessionRecord(), TTL),
  () => sessions.get('s1'),
  () => sessions.update('s1', { state: 'online' }, TTL),
  () => sessions.touch('s1', TTL),
  () => sessions.byUser('u1'),
  () => sessions.byRoom('r1'),
  () => sessions.byNode('n1'),
  () => sessions.delete('s1'),
  () => directory.add(at('ada'), 1),
  () => directory.get('ada'),
  () => directory.setStatus('ada', 'busy', 1),
  () => directory.list({ limit: 10, offlineSince: 0 }),
  () => directory.list({ limit: 10, status: 'away', offlineSince: 0 }),
  () => directory.remove('ada', 's-ada', 1),
  () => directory.removeNode('n1', 1),
  () => nodes.beat(nodeRecord(), 1_000),
  () => nodes.list(),
  () => nodes.expired(),
  () => nodes.claim('n1', 1_000),
  () => revocations.revoke(userRevoked('eve')),
];

async function expectAllUnavailable(node: Node, withinMs: number): Promise<void> {
  const begun = performance.now();
  const outcomes = await Promise.allSettled(everyCall(node).map((call) => call()));
  expect(performance.now() - begun).toBeLessThan(withinMs);
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { error: 'UNAVAILABLE' } });
}

describe('Redis connection', () => {
  test('RD1 deployments with different prefixes share a server and nothing else, and every key begins with the prefix', async () => {
    const prefixes = [freshPrefix(), freshPrefix()] as const;
    const [one, two] = await Promise.all(prefixes.map((prefix) => openNode(server, prefix)));
    await one!.sessions.create(sessionRecord(), TTL);
    await one!.directory.add(at('ada'), 1);
    await one!.nodes.beat(nodeRecord(), TTL);
    await one!.revocations.revoke(userRevoked('eve'));
    expect(await two!.nodes.secret('two')).not.toBe(await one!.nodes.secret('one'));
    expect(await two!.sessions.get('s1')).toBeUndefined();
    expect(await two!.sessions.byUser('u1')).toEqual([]);
    expect(await two!.directory.get('ada')).toBeUndefined();
    expect(await two!.nodes.list()).toEqual([]);
    // A message takes no longer than one of one's own.
    await two!.revocations.revoke(userRevoked('mallory'));
    expect(one!.revocations.isRevoked(user('eve'))).toBe(true);
    expect(two!.revocations.isRevoked(user('eve'))).toBe(false);
    expect(one!.revocations.isRevoked(user('mallory'))).toBe(false);
    for (const key of await lookInto(server).keys('*')) expect(key).toMatch(/^test\d+:/);
  });

  test('RD2 another schema refuses the start and says what to do; an empty prefix is claimed', async () => {
    const redis = lookInto(server);
    const prefix = freshPrefix();
    await connect(server, { prefix });
    expect(await redis.get(`${prefix}schema`)).toBe('1');
    for (const version of ['0', '2', 'x']) {
      const other = freshPrefix();
      await redis.set(`${other}schema`, version);
      const refused = await openRedis({ url: server.url, prefix: other }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ name: 'ConfigError' });
      expect((refused as Error).message).toMatch(new RegExp(`"${version}".*schema 1.*prefix`, 's'));
      expect(await redis.keys(`${other}*`)).toEqual([`${other}schema`]);
    }
  });

  test('RD2 a schema that changes while Redis was away keeps the connection unready until it is ours again', async () => {
    const redis = lookInto(frail);
    const prefix = freshPrefix();
    const problems: string[] = [];
    const connection = await connect(frail, { prefix, onError: (error) => problems.push(error.name) });
    await redis.set(`${prefix}schema`, '2');
    await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await expect.poll(() => problems).toContain('ConfigError');
    expect(connection.isReady()).toBe(false);
    await expect(redisSessionStore({ connection }).get('s1')).rejects.toMatchObject({ error: 'UNAVAILABLE' });
    await redis.set(`${prefix}schema`, '1');
    await expect.poll(() => connection.isReady()).toBe(true);
  });

  test('RD3 a start without a Redis that takes us ends in time, with a sentence that tells no password', async () => {
    const guarded = await RedisServer.start({ args: ['--requirepass', 'right-secret'] });
    const cases = [
      { url: 'http://localhost', says: /REDIS_URL.*Example: REDIS_URL=redis:/ },
      { url: 'redis://user:hidden-secret@127.0.0.1:1/0', says: /127\.0\.0\.1:1\/0 .*ECONNREFUSED.*redis-cli/s },
      { url: `redis://:hidden-secret@127.0.0.1:${guarded.port}`, says: /WRONGPASS/ },
      { url: `${server.url}?enableOfflineQueue=true`, says: /enableOfflineQueue/ },
      { url: server.url, prefix: 'has space', says: /prefix/ },
    ];
    for (const { says, ...options } of cases) {
      const told: string[] = [];
      const start = openRedis({ ...options, startMs: 500, onError: (error) => told.push(inspect(error)) });
      const refused = (await start.catch((error: unknown) => error)) as Error;
      expect(refused).toMatchObject({ name: 'ConfigError', message: expect.stringMatching(says) });
      expect([inspect(refused), ...told].join()).not.toContain('secret');
    }
    const connection = await openRedis({ url: `redis://:right-secret@127.0.0.1:${guarded.port}` });
    await connection.close();
  });

  test('RD4 while Redis is stopped every call fails at once with UNAVAILABLE; when it is back all works again by itself, subscriptions included', async () => {
    const prefix = freshPrefix();
    const [node, other] = await Promise.all([openNode(frail, prefix), openNode(frail, prefix)]);
    const seen: string[] = [];
    node.connection.onLost(() => seen.push('lost'));
    node.connection.onReady(() => seen.push('ready'));
    // Under way when it ends.
    frail.freeze();
    const waiting = expectAllUnavailable(node, 1_000);
    await frail.stop();
    await waiting;
    await expect.poll(() => node.connection.isReady()).toBe(false);
    await expectAllUnavailable(node, 500);
    expect(seen).toEqual(['lost']);

    await frail.restart();
    await expect.poll(() => node.connection.isReady() && other.connection.isReady()).toBe(true);
    expect(seen).toEqual(['lost', 'ready']);
    for (const call of everyCall(node)) await call();
    expect(await other.directory.get('ada')).toMatchObject({ where: [] });
    await expect.poll(() => other.revocations.isRevoked(user('eve'))).toBe(true);
  });

  test('RD5 while Redis is silent every call fails within 2 seconds with UNAVAILABLE, later ones at once; when it speaks again all works again', async () => {
    const prefix = freshPrefix();
    const [node, other] = await Promise.all([openNode(frail, prefix), openNode(frail, prefix)]);
    frail.freeze();
    try {
      await expectAllUnavailable(node, 2_000);
      await expect.poll(() => node.connection.isReady()).toBe(false);
      await expectAllUnavailable(node, 500);
    } finally {
      frail.thaw();
    }
    await expect.poll(() => node.connection.isReady() && other.connection.isReady()).toBe(true);
    for (const call of everyCall(node)) await call();
    await node.revocations.revoke(userRevoked('mallory'));
    await expect.poll(() => other.revocations.isRevoked(user('mallory'))).toBe(true);
  });

  test('RD5 a line that goes dead without a word is given up and replaced', async () => {
    const prefix = freshPrefix();
    const line = await lineTo(server);
    const [node, other] = await Promise.all([openNode(server, prefix, { url: line.url }), openNode(server, prefix)]);
    line.goDead();
    await expectAllUnavailable(node, 2_000);
    await other.revocations.revoke(userRevoked('mallory'));
    await expect.poll(() => node.revocations.isRevoked(user('mallory'))).toBe(true);
    expect(node.connection.isReady()).toBe(true);
    for (const call of everyCall(node)) await call();
    await other.revocations.revoke(userRevoked('trudy'));
    await expect.poll(() => node.revocations.isRevoked(user('trudy'))).toBe(true);
  });

  test("RD26 behind something that takes connections and drops them Redis is found again, by our sockets and by Colyseus's", async () => {
    const line = await lineTo(server);
    const prefix = freshPrefix();
    const { connection } = await openNode(server, prefix, { url: line.url });
    const matchmaking = redisMatchmaking({ url: line.url, prefix });
    onTestFinished(() => matchmaking.presence.shutdown());
    const isReady = () => connection.isReady() && matchmaking.isReady();
    const heard: unknown[] = [];
    await matchmaking.presence.subscribe('news', (news: unknown) => heard.push(news));
    await expect.poll(isReady).toBe(true);
    for (let round = 0; round < 3; round++) {
      line.refuse();
      const before = line.refused;
      await expect.poll(() => line.refused - before).toBeGreaterThan(8);
      line.mend();
      await expect.poll(isReady, { timeout: 10_000 }).toBe(true);
      // What Colyseus listens to is heard again, too.
      await expect
        .poll(async () => {
          await matchmaking.presence.publish('news', round);
          return heard.includes(round);
        })
        .toBe(true);
    }
  }, 60_000);

  test('RD6 what waits for a silent Redis is bounded', async () => {
    const { sessions, connection } = await openNode(frail, freshPrefix());
    frail.freeze();
    try {
      const waiting = Array.from({ length: 20_000 }, () => sessions.get('s1').catch(() => 'late'));
      const begun = performance.now();
      await expect(sessions.get('s1')).rejects.toMatchObject({ error: 'UNAVAILABLE' });
      expect(performance.now() - begun).toBeLessThan(200);
      expect(new Set(await Promise.all(waiting))).toEqual(new Set(['late']));
    } finally {
      frail.thaw();
    }
    // It may be ready once more before the silent socket is given up: what counts is that calls are answered again.
    const answer = () => sessions.get('s1').catch(() => 'refused');
    await expect.poll(answer).toBeUndefined();
    await expect.poll(() => connection.isReady()).toBe(true);
  });

  test('RD7 clocks of nodes that differ by a minute change neither presence nor revocations', async () => {
    const prefix = freshPrefix();
    const right = await openNode(server, prefix);
    for (const off of [-60_000, 60_000]) {
      const clock = clockOff(off);
      const wrong = await openNode(server, prefix, { clock });
      expect(wrong.connection.skewMs()).toBe(-off);
      expect(Math.abs(right.connection.skewMs())).toBe(0);

      // Somebody left just now, by each node's clock and in the eyes of each.
      await wrong.directory.add(at('ada'), clock.now());
      const told = await wrong.directory.remove('ada', 's-ada', clock.now());
      expect(Math.abs(clock.now() - told!.lastSeen)).toBeLessThan(5_000);
      const seen = await right.directory.get('ada');
      expect(Math.abs(Date.now() - seen!.lastSeen)).toBeLessThan(5_000);
      const offline = async (node: Node, now: number) =>
        (await node.directory.list({ status: 'offline', limit: 10, offlineSince: now - 10_000 })).length;
      expect(await offline(right, Date.now())).toBe(0);
      expect(await offline(wrong, clock.now())).toBe(0);

      // What either revokes holds on both, for no less than was meant.
      const eve = `eve${off}`;
      await wrong.revocations.revoke({ kind: 'user', userId: eve, until: clock.now() + 5_000 });
      await expect.poll(() => right.revocations.isRevoked(user(eve))).toBe(true);
      await right.revocations.revoke({ kind: 'user', userId: `${eve}2`, until: Date.now() + 5_000 });
      await expect.poll(() => wrong.revocations.isRevoked(user(`${eve}2`))).toBe(true);

      // By a clock that is behind, the first has the lower number and yet ends later: the second must not replace it.
      const bob = `bob${off}`;
      await wrong.revocations.revoke({ kind: 'user', userId: bob, until: clock.now() + 30_000 });
      await expect.poll(() => right.revocations.isRevoked(user(bob))).toBe(true);
      await right.revocations.revoke({ kind: 'user', userId: bob, until: Date.now() + 100 });
      await sleep(200);
      expect(right.revocations.isRevoked(user(bob))).toBe(true);
      expect((await openNode(server, prefix)).revocations.isRevoked(user(bob))).toBe(true);
    }
  });

  test('RD8 sessions, last seen, revocations and nodes survive a restart of a Redis that keeps its data', async () => {
    const keeping = await RedisServer.start({ keep: true });
    const prefix = freshPrefix();
    const before = await openNode(keeping, prefix);
    await before.sessions.create(sessionRecord(), TTL);
    await before.directory.add(at('ada'), 1);
    await before.directory.remove('ada', 's-ada', 2);
    await before.nodes.beat(nodeRecord(), TTL);
    await before.nodes.secret('ours');
    await before.revocations.revoke(userRevoked('eve'));
    await keeping.restart();
    const after = await openNode(keeping, prefix);
    expect(await after.sessions.byUser('u1')).toEqual([sessionRecord()]);
    expect(await after.directory.get('ada')).toMatchObject({ lastSeen: 2 });
    expect(await after.nodes.get('n1')).toEqual(nodeRecord());
    expect(await after.nodes.secret('theirs')).toBe('ours');
    expect(after.revocations.isRevoked(user('eve'))).toBe(true);
  });
});

describe('Redis revocations between nodes', () => {
  test('RD9 a revocation reaches every node within a second, and each listener once', async () => {
    const prefix = freshPrefix();
    const nodes = await Promise.all([1, 2, 3].map(() => openNode(server, prefix)));
    const heard: Revocation[] = [];
    for (const { revocations } of nodes) revocations.onRevoked((revocation) => heard.push(revocation));
    const begun = performance.now();
    const all = ['eve', 'mallory'].map(userRevoked);
    for (const revocation of all) await nodes[0]!.revocations.revoke(revocation);
    await expect.poll(() => heard.length, { interval: 5 }).toBe(6);
    expect(performance.now() - begun).toBeLessThan(1_000);
    // A later message comes after all echoes of the earlier ones.
    await nodes[0]!.revocations.revoke({ kind: 'token', tokenId: 't9', until: Date.now() + TTL });
    await expect.poll(() => heard.length).toBe(9);
    expect(heard.filter(({ kind }) => kind === 'user')).toHaveLength(6);
    expect(heard.filter((each) => each.kind === 'user' && each.userId === 'eve')).toEqual([all[0], all[0], all[0]]);
  });

  test('RD10 what was revoked while a node could not listen is known to it when it can again', async () => {
    const prefix = freshPrefix();
    const redis = lookInto(frail);
    const [node, other] = await Promise.all([openNode(frail, prefix), openNode(frail, prefix)]);
    const heard: Revocation[] = [];
    node.revocations.onRevoked((revocation) => heard.push(revocation));
    await redis.client('KILL', 'TYPE', 'pubsub');
    const revocation = userRevoked('eve');
    await other.revocations.revoke(revocation);
    // Nobody can have got the message.
    expect(await redis.pubsub('NUMSUB', other.connection.keys.revocationsChannel)).toEqual([expect.any(String), 0]);
    await expect.poll(() => node.revocations.isRevoked(user('eve'))).toBe(true);
    expect(heard).toEqual([revocation]);
  });

  test('RD11 what Redis has lost a node puts back, and a node that starts later knows it', async () => {
    const prefix = freshPrefix();
    const node = await openNode(frail, prefix);
    await Promise.all(Array.from({ length: 30 }, (_, i) => node.revocations.revoke(userRevoked(`u${i}`))));
    await frail.restart();
    await expect.poll(() => lookInto(frail).zcard(`${prefix}revocations`)).toBe(30);
    const later = await openNode(frail, prefix);
    for (let i = 0; i < 30; i++) expect(later.revocations.isRevoked(user(`u${i}`))).toBe(true);
  });

  test('RD12 a node that starts reads all revocations, page by page', async () => {
    const prefix = freshPrefix();
    const node = await openNode(server, prefix);
    const ids = Array.from({ length: 1_700 }, (_, i) => `t${i}`);
    await Promise.all(
      ids.map((tokenId) => node.revocations.revoke({ kind: 'token', tokenId, until: Date.now() + TTL })),
    );
    const later = await openNode(server, prefix);
    for (const tokenId of ids) expect(later.revocations.isRevoked({ userId: 'u', tokenId, issuedAt: 1 })).toBe(true);
  });

  test('RD13 messages and members that are no revocations are reported and hurt nobody', async () => {
    const prefix = freshPrefix();
    const redis = lookInto(server);
    const problems: string[] = [];
    const node = await openNode(server, prefix, { onError: (error) => problems.push(error.message) });
    const strange = ['', 'x', '{}', '[1]', '{"position":1,"holdsMs":1,"revocation":{"kind":"user"}}', 'null'];
    for (const message of strange) await redis.publish(`${prefix}revocations:new`, message);
    await expect.poll(() => problems).toHaveLength(strange.length);
    await redis.zadd(`${prefix}revocations:log`, 1, 'not ours');
    await redis.zadd(`${prefix}revocations`, Date.now() + TTL, 'not ours');
    await node.revocations.revoke(userRevoked('eve'));
    const later = await openNode(server, prefix);
    expect(later.revocations.isRevoked(user('eve'))).toBe(true);
  });
});

describe('Redis sessions and users between nodes', () => {
  test('RD14 nodes see what each other writes', async () => {
    const prefix = freshPrefix();
    const [one, two] = await Promise.all([openNode(server, prefix), openNode(server, prefix)]);
    await one.sessions.create(sessionRecord(), TTL);
    expect(await two.sessions.create(sessionRecord(), TTL)).toBe(false);
    expect(await two.sessions.update('s1', { nodeId: 'n2', epoch: 2 }, TTL)).toBe(true);
    expect(await one.sessions.update('s1', { epoch: 1, state: 'gone' }, TTL)).toBe(false);
    expect(await one.sessions.byNode('n1')).toEqual([]);
    expect(await one.sessions.byNode('n2')).toEqual([sessionRecord({ nodeId: 'n2', epoch: 2 })]);
    await one.directory.add(at('ada', 's1', 'n1', 'world'), 1);
    expect(await two.directory.add(at('ada', 's2', 'n2', 'lobby'), 2)).toMatchObject({ where: ['lobby', 'world'] });
    await two.directory.setStatus('ada', 'busy', 3);
    expect(await one.directory.remove('ada', 's1', 4)).toMatchObject({ chosen: 'busy', where: ['lobby'] });
  });

  test('RD15 a node that is late to notice takes away nothing of a session that lives on another node by now', async () => {
    const prefix = freshPrefix();
    const [old, owner] = await Promise.all([openNode(server, prefix), openNode(server, prefix)]);
    await old.directory.add(at('ada', 's1', 'n1'), 1);
    await owner.directory.add(at('ada', 's1', 'n2'), 2);
    expect(await old.directory.remove('ada', 's1', 3)).toMatchObject({ where: ['world'], lastSeen: 2 });
    expect(await old.directory.removeNode('n1', 4)).toEqual([]);
    expect(await owner.directory.remove('ada', 's1', 5)).toMatchObject({ where: [], lastSeen: 5 });
  });

  test('RD16 a dead node with a thousand sessions is taken out in bounded steps; after an error all are told again', async () => {
    const prefix = freshPrefix();
    const { connection, directory } = await openNode(server, prefix);
    const ids = Array.from({ length: 1_000 }, (_, i) => `u${i}`);
    await Promise.all(ids.map((id) => directory.add(at(id, `s-${id}`, 'dead'), 1)));
    await Promise.all(ids.slice(0, 300).map((id) => directory.add(at(id, `t-${id}`, 'alive'), 1)));
    let calls = 0;
    let failing = true;
    const failsLate: RedisConnection = {
      ...connection,
      script: (name, lua) => {
        const script = connection.script(name, lua);
        if (name !== 'directory removeNode') return script;
        return async (keys, args) => {
          calls++;
          if (failing && calls === 3) throw new Error('lost in between');
          return script(keys, args);
        };
      },
    };
    const cleaner = redisDirectory({ connection: failsLate, capacity: 100 });
    await expect(cleaner.removeNode('dead', 9)).rejects.toThrow('lost in between');
    failing = false;
    calls = 0;
    const changed = await cleaner.removeNode('dead', 9);
    expect(calls).toBeGreaterThan(3);
    // Beyond the capacity those who went first are forgotten already, and have nothing to be told of.
    const here = changed.filter(({ where }) => where.length > 0).map(({ userId }) => userId);
    expect(here.sort()).toEqual(ids.slice(0, 300).sort());
    const all = await directory.list({ limit: 101, status: 'online', offlineSince: 100 });
    expect(all.every(({ where }) => where.length > 0)).toBe(true);
    expect(await lookInto(server).exists(`${prefix}users:node:dead`)).toBe(0);
    expect(await lookInto(server).scard(`${prefix}users:node:alive`)).toBe(300);
    expect(await cleaner.removeNode('dead', 10)).toEqual([]);
  });

  test('RD16 a node that came back while it was taken out is found again when it dies later', async () => {
    const { connection, directory } = await openNode(server, freshPrefix());
    await directory.add(at('ada', 's1', 'n1'), 1);
    const comesBack: RedisConnection = {
      ...connection,
      script: (name, lua) => async (keys, args) => {
        if (name === 'directory forgetNode') await directory.add(at('ada', 's1', 'n1'), 2);
        return connection.script(name, lua)(keys, args);
      },
    };
    expect(await redisDirectory({ connection: comesBack }).removeNode('n1', 2)).toMatchObject([{ where: [] }]);
    expect(await directory.get('ada')).toMatchObject({ where: ['world'] });
    expect(await directory.removeNode('n1', 3)).toMatchObject([{ userId: 'ada', where: [], lastSeen: 3 }]);
  });

  test('RD17 entries of expired sessions leave the indexes, also those that others keep alive', async () => {
    const prefix = freshPrefix();
    const redis = lookInto(server);
    const { sessions } = await openNode(server, prefix);
    const keep = sessionRecord({ id: 'keep' });
    await sessions.create(keep, TTL);
    await Promise.all(Array.from({ length: 100 }, (_, i) => sessions.create(sessionRecord({ id: `s${i}` }), 50)));
    await expect.poll(() => sessions.get('s99')).toBeUndefined();
    expect(await sessions.byUser('u1')).toEqual([keep]);
    for (let i = 0; i < 10; i++) await sessions.touch('keep', TTL);
    for (const index of ['user:u1', 'room:r1', 'node:n1']) {
      expect(await redis.zrange(`${prefix}sessions:${index}`, 0, -1)).toEqual(['keep']);
      expect(await redis.pttl(`${prefix}sessions:${index}`)).toBeGreaterThan(0);
    }
  });

  test('RD18 nothing stays behind: after a churn only what is bounded is there', async () => {
    const prefix = freshPrefix();
    const redis = lookInto(server);
    const { sessions, directory, revocations } = await openNode(server, prefix);
    await Promise.all(
      Array.from({ length: 1_000 }, async (_, i) => {
        const [id, userId, nodeId] = [`s${i}`, `u${i}`, `n${i % 3}`];
        await sessions.create(sessionRecord({ id, userId, roomId: `r${i % 7}`, nodeId }), 300);
        await sessions.update(id, { state: 'online', nodeId: `n${i % 5}` }, 300);
        await sessions.touch(id, 300);
        if (i % 4 === 0) await sessions.delete(id);
        await directory.add(at(userId, id, nodeId), i);
        if (i % 2 === 0) await directory.remove(userId, id, i);
        if (i % 10 === 0) await revocations.revoke({ kind: 'user', userId, until: Date.now() + 300 });
      }),
    );
    for (const node of ['n0', 'n1', 'n2']) await directory.removeNode(node, 1_000);
    const left = async () => (await redis.keys(`${prefix}*`)).filter((key) => !/:user:u\d+$/.test(key)).sort();
    await expect.poll(left, { timeout: 15_000 }).toEqual([`${prefix}schema`, `${prefix}users`, `${prefix}users:gone`]);
    // The directory remembers as many as it may.
    expect(await redis.keys(`${prefix}user:*`)).toHaveLength(100);
    expect(await redis.zcard(`${prefix}users`)).toBe(100);
    expect(await redis.zcard(`${prefix}users:gone`)).toBe(100);
  });

  test('RD18 a revocation that is made again and again is kept once', async () => {
    const prefix = freshPrefix();
    const redis = lookInto(server);
    const { revocations } = await openNode(server, prefix);
    for (let i = 0; i < 50; i++) await revocations.revoke({ ...userRevoked('eve'), until: Date.now() + TTL + i });
    expect(await redis.zcard(`${prefix}revocations`)).toBe(1);
    expect(await redis.zcard(`${prefix}revocations:log`)).toBe(1);
  });

  test('RD19 whatever two nodes do to sessions at once, indexes and records agree', async () => {
    const id = fc.integer({ min: 0, max: 5 }).map((n) => `s${n}`);
    const of = (letter: string) => fc.integer({ min: 0, max: 2 }).map((n) => `${letter}${n}`);
    const change = fc.oneof(
      fc.record({ do: fc.constant('create' as const), id, userId: of('u'), roomId: of('r'), nodeId: of('n') }),
      fc.record({ do: fc.constant('update' as const), id, nodeId: of('n'), epoch: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ do: fc.constant('touch' as const), id }),
      fc.record({ do: fc.constant('delete' as const), id }),
    );
    const run = (store: SessionStore, step: typeof change extends fc.Arbitrary<infer T> ? T : never) => {
      if (step.do === 'create') return store.create(sessionRecord({ ...step, do: undefined } as object), TTL);
      if (step.do === 'update') return store.update(step.id, { nodeId: step.nodeId, epoch: step.epoch }, TTL);
      return step.do === 'touch' ? store.touch(step.id, TTL) : store.delete(step.id);
    };
    const redis = lookInto(server);
    const stores = await Promise.all([1, 2].map(() => connect(server, { prefix: 'pair:' }))).then((connections) =>
      connections.map((connection) => redisSessionStore({ connection })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 20, maxLength: 100 }), async (steps) => {
        await redis.del(...(await redis.keys('pair:sess*')), 'pair:none');
        await Promise.all(steps.map((step, i) => run(stores[i % 2]!, step)));
        const all = await Promise.all(['s0', 's1', 's2', 's3', 's4', 's5'].map((each) => stores[0]!.get(each)));
        const records = all.filter((record) => record !== undefined);
        const indexes: Array<[keyof SessionRecord, string, (key: string) => Promise<SessionRecord[]>]> = [
          ['userId', 'u', stores[0]!.byUser],
          ['roomId', 'r', stores[1]!.byRoom],
          ['nodeId', 'n', stores[0]!.byNode],
        ];
        for (const [field, letter, find] of indexes) {
          for (const key of [0, 1, 2].map((n) => `${letter}${n}`)) {
            const expected = records.filter((record) => record[field] === key);
            // Without looking at the records, which would hide what is too much.
            const index = `pair:sessions:${field.replace('Id', '')}:${key}`;
            expect((await redis.zrange(index, 0, -1)).sort()).toEqual(expected.map((record) => record.id).sort());
            expect(await find(key)).toEqual(expected);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('RD20 a directory of 10,000 users is read page by page, also for a rare status, and blocks neither the loop nor Redis', async () => {
    const prefix = freshPrefix();
    const redis = lookInto(server);
    const connection = await connect(server, { prefix });
    const directory = redisDirectory({ connection });
    const ids = Array.from({ length: 10_000 }, (_, i) => `u${String(i).padStart(5, '0')}`);
    for (let i = 0; i < ids.length; i += 1_000) {
      await Promise.all(ids.slice(i, i + 1_000).map((id) => directory.add(at(id), 1)));
    }
    for (const id of [ids[17]!, ids[9_990]!]) await directory.setStatus(id, 'busy', 1);

    // What one call may do at once is bounded by how many calls there are: times tell more of the machine.
    const calls = async () => {
      const scripts = (await redis.info('commandstats')).matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g);
      await redis.config('RESETSTAT');
      return [...scripts].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    await calls();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const page = await directory.list({ after, limit: 101, offlineSince: 0 });
      seen.push(...page.map(({ userId }) => userId));
      if (page.length < 101) break;
      after = page.at(-1)!.userId;
    }
    expect(await calls()).toBe(100);
    const busy = await directory.list({ limit: 101, status: 'busy', offlineSince: 0 });
    expect(await calls()).toBeGreaterThanOrEqual(10_000 / 500);
    const gone = await directory.removeNode('n1', 2);
    expect(await calls()).toBeGreaterThan(50);
    delay.disable();
    expect(seen).toEqual(ids);
    expect(busy.map(({ userId }) => userId)).toEqual([ids[17], ids[9_990]]);
    expect(gone).toHaveLength(10_000);
    expect(delay.max / 1e6).toBeLessThan(500);
  });

  test('RD21 a record that somebody damaged or evicted counts as none', async () => {
    const prefix = freshPrefix();
    const redis = lookInto(server);
    const problems: string[] = [];
    const { sessions, directory } = await openNode(server, prefix, {
      onError: ({ message }) => problems.push(message),
    });
    for (const id of ['a', 'b', 'c']) await sessions.create(sessionRecord({ id }), TTL);
    for (const id of ['a', 'b', 'c']) await directory.add(at(id), 1);
    await redis.hdel(`${prefix}session:a`, 'epoch');
    await redis.del(`${prefix}session:b`, `${prefix}user:b`);
    expect(await sessions.get('a')).toBeUndefined();
    expect((await sessions.byUser('u1')).map(({ id }) => id)).toEqual(['c']);
    expect((await directory.list({ limit: 9, offlineSince: 0 })).map(({ userId }) => userId)).toEqual(['a', 'c']);
    expect(await redis.zscore(`${prefix}users`, 'b')).toBeNull();
    expect(problems.join()).toContain('session a is damaged');
  });

  test('RD22 the ports of one node share one connection, and their end leaves nothing open', async () => {
    const redis = lookInto(server);
    const name = async () => (await redis.client('LIST')) as string;
    const before = (await name()).split('\n').length;
    const ports = await redisPorts({ url: server.url, prefix: freshPrefix() });
    expect((await name()).split('\n').length).toBe(before + 2);
    const writing = ports.sessions.create(sessionRecord(), TTL);
    await Promise.all([ports.sessions, ports.revocations, ports.directory, ports.nodes].map((port) => port.close()));
    await ports.connection.close();
    expect(await writing).toBe(true);
    await expect(ports.sessions.get('s1')).rejects.toMatchObject({ error: 'UNAVAILABLE' });
    await expect.poll(async () => (await name()).split('\n').length).toBe(before);
  });
});
