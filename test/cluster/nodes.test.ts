import { expect, test } from 'vitest';
import { memoryNodes } from '../../src/adapters/memory/nodes.ts';
import { BEAT_MS, NODE_TTL_MS, Nodes } from '../../src/cluster/Nodes.ts';
import { fail } from '../../src/fail.ts';
import { Counters } from '../../src/ops/Counters.ts';
import { createLog } from '../../src/ops/log.ts';
import type { NodeRegistry } from '../../src/ports/nodes.ts';
import { nodeRecord } from '../contract/nodes.ts';
import { FakeClock } from '../support/FakeClock.ts';

const log = createLog({ logLevel: 'silent' } as never, 'test');

/** A node with a registry that can be out of reach and can forget. */
async function bench() {
  const clock = new FakeClock();
  let real = memoryNodes(clock);
  let isAway = false;
  const watchers: Array<{ onLost(): void; onReady(): void }> = [];
  const registry = new Proxy({} as NodeRegistry, {
    get: (_, name: keyof NodeRegistry) =>
      name === 'watch'
        ? watchers.push.bind(watchers)
        : isAway
          ? () => Promise.reject(fail('UNAVAILABLE'))
          : (real[name] as (...args: never[]) => unknown),
  });
  const told: Array<() => void> = [];
  const cleaned: Array<() => void> = [];
  const dead: string[] = [];
  const live: string[][] = [];
  const answering = new Map<string, { takesForDead: boolean }>();
  const cuts = { count: 0 };
  const nodes = new Nodes({
    registry,
    clock,
    counters: new Counters(),
    log,
    self: () => nodeRecord(),
    hail: async (id) => answering.get(id),
    cutOff: () => {
      cuts.count += 1;
    },
    announce: () => {},
    onBeat: (ids) => live.push([...ids]),
    cleanUp: (id) =>
      new Promise((resolve) => {
        dead.push(id);
        cleaned.push(resolve);
      }),
    comeBack: () =>
      new Promise((resolve, reject) => told.push(() => (isAway ? reject(fail('UNAVAILABLE')) : resolve()))),
  });
  await nodes.start();
  return {
    nodes,
    told,
    cleaned,
    dead,
    live,
    answering,
    cuts,
    registry: () => real,
    forget: () => {
      real = memoryNodes(clock);
    },
    cut: (away: boolean) => {
      isAway = away;
    },
    tell: (what: 'onLost' | 'onReady') => {
      for (const watcher of watchers) watcher[what]();
    },
    async pass(ms: number) {
      for (let passed = 0; passed < ms; passed += BEAT_MS) {
        clock.advance(BEAT_MS);
        for (let i = 0; i < 20; i++) await Promise.resolve();
      }
    },
  };
}

test('CN11 a node that was forgotten tells of itself again, once, and beats on meanwhile', async () => {
  const { nodes, told, pass, forget, registry } = await bench();
  await pass(3 * BEAT_MS);
  expect(told).toHaveLength(0);
  forget();
  await pass(3 * NODE_TTL_MS);
  expect(told).toHaveLength(1);
  expect(await registry().list()).toHaveLength(1);
  expect(nodes.isRegistered).toBe(true);
  told[0]!();
  await pass(3 * BEAT_MS);
  expect(told).toHaveLength(1);
});

test('CN11 a telling that fails is made again', async () => {
  const { told, pass, cut } = await bench();
  cut(true);
  await pass(2 * NODE_TTL_MS);
  cut(false);
  await pass(BEAT_MS);
  expect(told).toHaveLength(1);
  cut(true);
  told[0]!();
  await pass(BEAT_MS);
  cut(false);
  await pass(BEAT_MS);
  expect(told).toHaveLength(2);
});

test('CN11 a node that was out of reach for less than its time to live tells as well: what it had to say meanwhile was not heard', async () => {
  const { told, pass, cut } = await bench();
  cut(true);
  await pass(BEAT_MS);
  cut(false);
  await pass(3 * BEAT_MS);
  expect(told).toHaveLength(1);
});

test('CN11 cleaning up after a large node holds up no heartbeat', async () => {
  const { nodes, cleaned, pass, registry } = await bench();
  await registry().beat(nodeRecord({ id: 'dead' }), NODE_TTL_MS);
  await pass(5 * NODE_TTL_MS);
  expect(cleaned.length).toBeGreaterThan(0);
  expect((await registry().list()).map(({ id }) => id)).toEqual(['n1']);
  expect(nodes.isRegistered).toBe(true);
  for (const done of cleaned) done();
  await pass(BEAT_MS);
  expect(await registry().expired()).toEqual([]);
});

test('CN11 after the registry has forgotten, the nodes still share the secret that they had', async () => {
  const { nodes, told, pass, forget, registry } = await bench();
  const { secret } = nodes;
  forget();
  await pass(BEAT_MS);
  told[0]!();
  expect(await registry().secret('other')).toBe(secret);
  expect(nodes.secret).toBe(secret);
});

test('CN12 after the registry came back empty nobody may join until every node has had the time to tell of its rooms', async () => {
  const { nodes, told, pass, forget, tell } = await bench();
  expect(nodes.isSettled).toBe(true);
  tell('onLost');
  expect(nodes.isSettled).toBe(false);
  forget();
  tell('onReady');
  await pass(BEAT_MS);
  expect(nodes.isRegistered).toBe(true);
  told[0]!();
  await pass(BEAT_MS / 2);
  expect(nodes.isSettled).toBe(false);
  await pass(2 * BEAT_MS);
  expect(nodes.isSettled).toBe(true);
});

test.each(['was away', 'has forgotten them'])(
  'CN20 nobody is taken for dead while the nodes come back to a registry that %s',
  async (what) => {
    const { nodes, live, pass, forget, cut, registry } = await bench();
    await registry().beat(nodeRecord({ id: 'n2', incarnation: 'other' }), NODE_TTL_MS);
    await pass(BEAT_MS);
    expect(live.at(-1)).toEqual(['n1', 'n2']);
    if (what === 'has forgotten them') forget();
    else {
      cut(true);
      await pass(2 * NODE_TTL_MS);
      cut(false);
    }
    live.length = 0;
    await pass(4 * BEAT_MS);
    expect(live).toEqual([]);
    await expect(nodes.findUnlessDead('n2')).rejects.toMatchObject({ error: 'UNAVAILABLE' });
    // It is dead indeed.
    await pass(2 * BEAT_MS);
    expect(live.at(-1)).toEqual(['n1']);
    expect(await nodes.findUnlessDead('n2')).toBeUndefined();
  },
);

test('CN21 a node that has just started takes none for dead that says that it is there', async () => {
  const { nodes, answering, cleaned, dead, pass, registry } = await bench();
  for (const id of ['coming', 'gone']) await registry().beat(nodeRecord({ id }), 1);
  answering.set('coming', { takesForDead: false });
  await pass(BEAT_MS);
  for (const done of cleaned) done();
  await pass(BEAT_MS);
  expect(dead).toEqual(['gone']);
  await expect(nodes.findUnlessDead('coming')).rejects.toMatchObject({ error: 'UNAVAILABLE' });
  expect(await nodes.findUnlessDead('gone')).toBeUndefined();
  // Whoever could come back has by now.
  await pass(2 * NODE_TTL_MS);
  expect(dead).toEqual(['gone', 'coming']);
  expect(await nodes.findUnlessDead('coming')).toBeUndefined();
});

test('DP14 a drained node serves on while there is no other to go to', async () => {
  const { nodes, pass, registry } = await bench();
  await nodes.become('ready');
  expect(nodes.isServing).toBe(true);
  await nodes.become('draining');
  expect(nodes.isServing).toBe(true);
  await registry().beat(nodeRecord({ id: 'other', state: 'ready' }), NODE_TTL_MS);
  await pass(BEAT_MS);
  expect(nodes.isServing).toBe(false);
});

/** And another node, which is ready as well. */
async function benchWithAnother() {
  const parts = await bench();
  await parts.nodes.become('ready');
  await parts.registry().beat(nodeRecord({ id: 'other', state: 'ready' }), NODE_TTL_MS);
  await parts.pass(BEAT_MS);
  return parts;
}

test('CN23 a node that alone has lost the registry gives up what it has when another says that it is dead, once, and not before', async () => {
  const { nodes, answering, cuts, pass, cut } = await benchWithAnother();
  answering.set('other', { takesForDead: true });
  cut(true);
  await pass(NODE_TTL_MS);
  expect(cuts.count).toBe(0);
  await pass(3 * BEAT_MS);
  expect(cuts.count).toBe(1);
  expect(nodes.isServing).toBe(false);
  cut(false);
  await pass(BEAT_MS);
  expect(nodes.isServing).toBe(true);
});

test('CN23 while the registry is away for all, each goes on', async () => {
  const { nodes, answering, cuts, pass, cut } = await benchWithAnother();
  answering.set('other', { takesForDead: false });
  cut(true);
  await pass(10 * NODE_TTL_MS);
  expect(cuts.count).toBe(0);
  expect(nodes.isServing).toBe(true);
  // Nor does it say so of others, or when it has just come back.
  expect(nodes.takesForDead('other')).toBe(false);
  cut(false);
  await pass(BEAT_MS);
  expect(nodes.takesForDead('other')).toBe(false);
  await pass(3 * NODE_TTL_MS);
  expect(nodes.takesForDead('other')).toBe(true);
});
