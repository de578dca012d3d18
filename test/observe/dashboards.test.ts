import { readdirSync, readFileSync } from 'node:fs';
import { Client, type Room } from '@colyseus/sdk';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { Prometheus } from '../support/prometheus.ts';
import { RawClient } from '../support/raw-client.ts';
import { rpc } from '../support/rpc.ts';
import { alertsOf, runbookOf } from '../support/runbooks.ts';

interface Panel {
  readonly title: string;
  readonly description: string;
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit: string;
      readonly thresholds: { readonly steps: ReadonlyArray<{ readonly value: number | null }> };
    };
  };
  readonly targets: ReadonlyArray<{ readonly expr: string; readonly exemplar?: boolean }>;
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

const dashboards = readdirSync('deploy/grafana')
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(`deploy/grafana/${file}`, 'utf8')) as Dashboard);

/** Times that the intervals of Prometheus are shorter. */
const FASTER = 20;

test('OA2 every panel has a unit, a description, a threshold and a place of its own', () => {
  expect(dashboards.map(({ uid }) => uid.replace('gatehouse-', '')).sort()).toEqual([
    'continuity',
    'delivery',
    'node',
    'overview',
    'rooms',
  ]);
  for (const { title, panels } of dashboards) {
    expect(new Set(panels.map((panel) => panel.title)).size, title).toBe(panels.length);
    for (const panel of panels) {
      const { unit, thresholds } = panel.fieldConfig.defaults;
      expect(unit, panel.title).toMatch(/^\w+$/);
      expect(panel.description.length, panel.title).toBeGreaterThan(5);
      expect(
        thresholds.steps.some(({ value }) => value !== null && value > 0),
        panel.title,
      ).toBe(true);
      expect(panel.targets.length, panel.title).toBeGreaterThan(0);
      for (const alert of panel.description
        .match(/Runbooks?: [\w, -]+/)?.[0]
        .split(/[:,] /)
        .slice(1) ?? []) {
        expect(alertsOf().map(({ runbook }) => runbook)).toContain(`docs/runbooks/${alert}.md`);
      }
    }
  }
});

test('TR4 the panels of what is traced ask for traces', () => {
  const asking = dashboards.flatMap(({ panels }) =>
    panels.flatMap(({ targets }) => targets.filter(({ exemplar }) => exemplar).map(({ expr }) => expr)),
  );
  const metrics = asking.map((expr) => /gatehouse_(\w+)_seconds_bucket/.exec(expr)?.[1]);
  expect(metrics.sort()).toEqual(['join', 'move', 'restore', 'rpc']);
});

test('OA2 every query of the dashboards and of the runbooks is answered with data of two nodes under load', async () => {
  const cluster = await Cluster.start((end) => void onTestFinished(end));
  const env = { HEARTBEAT: '0.5', SNAPSHOT_INTERVAL: '0.5' };
  const nodes = [await cluster.node(env), await cluster.node(env)];
  const prometheus = await Prometheus.start((end) => void onTestFinished(end), {
    urls: nodes.map(({ url }) => url),
    faster: FASTER,
  });
  // What only happens once must happen between two looks at it.
  await vi.waitFor(async () => expect(await prometheus.query('up == 1')).toHaveLength(2), { timeout: 10_000 });

  const rooms: Room[] = [];
  for (const [i, { url }] of nodes.entries()) {
    for (const name of ['lobby', 'world', 'world']) {
      const client = new Client(url);
      client.auth.token = cluster.token(`player-${rooms.length}`);
      const room = await (name === 'world' && i === 0 ? client.create(name) : client.joinOrCreate(name));
      room.onMessage('*', () => {});
      rooms.push(room);
    }
  }
  let turn = 0;
  const load = setInterval(() => {
    turn += 1;
    for (const room of rooms) {
      if (!room.connection.isOpen) continue;
      void rpc(room, 'system.ping', {}).catch(() => {});
      if (room.name === 'world' && turn % 5 === 0)
        void rpc(room, 'world.say', { text: `turn ${turn}` }).catch(() => {});
    }
    if (turn % 10 === 0) void visit(nodes[turn % 2]!.url, cluster.token('visitor')).catch(() => {});
  }, 100);
  afterAll(() => clearInterval(load));

  // A move, so that there is something to tell of moves, restored rooms, and players who come back.
  const { roomId } = rooms[1]!;
  const authorization = `Bearer ${cluster.token('root', 'admin')}`;
  const moved = await Promise.all(
    nodes.map(async ({ url }) => {
      const response = await fetch(`${url}/v1/admin/rooms/${roomId}/move`, {
        method: 'POST',
        headers: { authorization },
      });
      return ((await response.json()) as { moved?: boolean }).moved === true;
    }),
  );
  expect(moved.filter((each) => each)).toHaveLength(1);

  const queries = [
    ...dashboards.flatMap(({ title, panels }) =>
      panels.flatMap((panel) => panel.targets.map(({ expr }) => [`${title}, ${panel.title}`, expr] as const)),
    ),
    ...alertsOf()
      // No key set and no certificate here.
      .filter(({ name }) => name !== 'CertificateExpires' && name !== 'NodeDown')
      .map(({ name }) => [`runbook ${name}`, runbookOf(name).query] as const),
  ];
  expect(queries.length).toBeGreaterThan(80);
  const waiting = new Map(queries.map((query) => [query.join(': '), query[1]]));
  await vi.waitFor(
    async () => {
      for (const [where, query] of waiting) {
        const asked = query.replaceAll('$node', '.*').replaceAll('$__rate_interval', '10s').replaceAll('[5m]', '[10s]');
        const series = await prometheus.query(asked);
        if (series.some(({ value: [, text] }) => Number.isFinite(Number(text)))) waiting.delete(where);
      }
      expect([...waiting]).toEqual([]);
    },
    { timeout: 60_000, interval: 1_000 },
  );
  clearInterval(load);
  await Promise.all(rooms.filter(({ connection }) => connection.isOpen).map((room) => room.leave()));
}, 95_000);

async function visit(url: string, token: string): Promise<void> {
  await (await RawClient.join(url, token)).leave();
}
