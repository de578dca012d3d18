import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import { Cluster, type NodeProcess } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { Prometheus } from '../support/prometheus.ts';
import { RawClient } from '../support/raw-client.ts';
import { enter, SHELTERS } from '../support/shelter.ts';

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}
interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly Attribute[];
  readonly node: string | undefined;
}

/** What takes spans as a collector does. */
class Collector {
  readonly spans: Span[] = [];
  /** All that it was sent. */
  text = '';
  url = '';

  static async start(): Promise<Collector> {
    const collector = new Collector();
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        if (request.url === '/v1/traces') collector.#take(body);
        response.setHeader('content-type', 'application/json').end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    collector.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return collector;
  }

  named(name: string): Array<Record<string, string | undefined>> {
    return this.spans
      .filter((span) => span.name === name)
      .map(({ attributes, node }) => ({ ...read(attributes), node }));
  }

  #take(body: string): void {
    this.text += body;
    for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans) {
      const node = read(resource.attributes)['service.instance.id'];
      for (const { spans } of scopeSpans) for (const span of spans) this.spans.push({ ...span, node });
    }
  }
}

function read(attributes: readonly Attribute[]): Record<string, string | undefined> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
}

test('TR1 joins, calls, moves and restored rooms are spans that name their session and room, and nothing that a client sent', async () => {
  const collector = await Collector.start();
  const cluster = await Cluster.start((end) => onTestFinished(end));
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, TRACE_RPC_SHARE: '1' };
  const nodes = [await cluster.node(env), await cluster.node(env)];
  const authorization = `Bearer ${cluster.token('olga', 'admin')}`;
  const player = await RawClient.join(nodes[0]!.url, cluster.token('zuleika'));
  await player.call('world.say', { text: 'a-private-word' });
  await player.call('world.moveMark', { id: 'no-such-mark', x: 1, y: 1, ifVersion: 1 });
  const { roomId } = player.seat!;
  const moves = nodes.map(async ({ url }) => {
    const answer = await fetch(`${url}/v1/admin/rooms/${roomId}/move`, { method: 'POST', headers: { authorization } });
    return (await answer.json()) as { moved?: boolean };
  });
  expect((await Promise.all(moves)).filter(({ moved }) => moved)).toHaveLength(1);
  // What waits is sent at the end, at the latest.
  await Promise.all(nodes.map((node) => node.end('SIGTERM')));

  const [join] = collector.named('join');
  expect(join).toMatchObject({ session: player.sessionId, room: roomId, roomName: 'world' });
  expect(collector.named('rpc world.say')).toMatchObject([{ session: player.sessionId, room: roomId }]);
  expect(collector.named('rpc world.moveMark')).toHaveLength(1);
  const [move] = collector.named('move');
  const [restore] = collector.named('restore');
  expect(move).toMatchObject({ room: roomId, node: join!.node });
  expect(restore).toMatchObject({ room: roomId, from: join!.node });
  expect(restore!.node).not.toBe(join!.node);
  // Nothing that the hex digits of a trace could be.
  for (const word of ['a-private-word', 'zuleika', 'no-such-mark', player.reconnectionToken!]) {
    expect(collector.text).not.toContain(word);
  }
}, 60_000);

test('TR3 a move and the restore that it causes at the other node are one trace, which lines of the logs name; what comes later names none', async () => {
  const collector = await Collector.start();
  const cluster = await Cluster.start((end) => onTestFinished(end));
  const env = { ...SHELTERS, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const nodes = [await cluster.node(env), await cluster.node(env)];
  const said = ({ lines }: NodeProcess, msg: string) => lines.filter((line) => line.msg === msg);
  const { roomId } = await enter(cluster, nodes[0]!, 'ada', { create: 'talking' });
  const from = await cluster.ownerOf(roomId, nodes);
  await eventually(() => expect(said(from, 'came')).toHaveLength(1));
  expect(await cluster.move(from, roomId)).toBe(true);
  const to = await cluster.ownerOf(roomId, nodes);
  await eventually(() => expect(said(to, 'tick').length).toBeGreaterThan(2));
  await eventually(() => expect(said(to, 'beat').length).toBeGreaterThan(2));
  await from.end('SIGTERM');
  await to.end('SIGTERM');

  const spanOf = (wanted: string, { lines: [line] }: NodeProcess) =>
    collector.spans.find(({ name, node }) => name === wanted && node === line!.node);
  const [join, move, restore] = [spanOf('join', from), spanOf('move', from), spanOf('restore', to)];
  expect(restore).toMatchObject({ traceId: move!.traceId, parentSpanId: move!.spanId });
  expect(said(from, 'comes')).toMatchObject([{ trace: join!.traceId }]);
  expect(said(from, 'room moved')).toMatchObject([{ trace: move!.traceId }]);
  expect(said(to, 'room restored')).toMatchObject([{ trace: move!.traceId }]);
  // A timer goes on when what began it is long over.
  for (const node of [from, to]) {
    for (const msg of ['came', 'tick', 'beat'])
      for (const line of said(node, msg)) expect(line).not.toHaveProperty('trace');
  }
}, 60_000);

test('TR4 a Prometheus is told traces of joins, calls, moves and restores, which are those that the collector has', async () => {
  const collector = await Collector.start();
  const cluster = await Cluster.start((end) => onTestFinished(end));
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, TRACE_RPC_SHARE: '1' };
  const nodes = [await cluster.node(env), await cluster.node(env)];
  const player = await RawClient.join(nodes[0]!.url, cluster.token('ada'));
  await player.call('world.say', { text: 'hello' });
  await player.call('world.moveMark', { id: 'no-such-mark', x: 1, y: 1, ifVersion: 1 });
  const { roomId } = player.seat!;
  expect(await cluster.move(await cluster.ownerOf(roomId, nodes), roomId)).toBe(true);
  const urls = nodes.map(({ url }) => url);
  const prometheus = await Prometheus.start((end) => onTestFinished(end), { urls, faster: 30 });
  const spans = {
    join: 'gatehouse_join_seconds_bucket',
    'rpc world.say': 'gatehouse_rpc_seconds_bucket{method="world.say"}',
    'rpc world.moveMark': 'gatehouse_rpc_seconds_bucket{method="world.moveMark"}',
    move: 'gatehouse_move_seconds_bucket',
    restore: 'gatehouse_restore_seconds_bucket',
  };
  const told = await eventually(async () => {
    const all = await Promise.all(
      Object.entries(spans).map(async ([span, query]) => [span, await prometheus.exemplars(query)] as const),
    );
    for (const [, exemplars] of all) expect(exemplars).toHaveLength(1);
    return all.map(([span, [exemplar]]) => [span, exemplar!.trace] as const);
  });
  // In the text format, which names no traces, there is no room for them.
  expect(await (await fetch(`${urls[0]}/metrics`)).text()).not.toContain('trace_id');
  await Promise.all(nodes.map((node) => node.end('SIGTERM')));
  for (const [name, traceId] of told)
    expect(collector.spans).toContainEqual(expect.objectContaining({ name, traceId }));
}, 60_000);

test('TR4 who does not trace is told in the text format, whatever it asks for', async () => {
  const cluster = await Cluster.start((end) => onTestFinished(end));
  const { url } = await cluster.node();
  const { headers } = await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text' } });
  expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
}, 60_000);

test('TR2 a collector that is away costs nobody anything', async () => {
  const cluster = await Cluster.start((end) => onTestFinished(end));
  const away = `http://127.0.0.1:${await freePort()}`;
  const node = await cluster.node({ OTEL_EXPORTER_OTLP_ENDPOINT: away, TRACE_RPC_SHARE: '1' });
  const player = await RawClient.join(node.url, cluster.token('ada'));
  for (let i = 0; i < 50; i++) expect(await player.call('system.time')).toHaveProperty('result');
  await node.end('SIGTERM');
  expect(node.process.exitCode).toBe(0);
  await eventually(() => expect(node.lines.at(-1)).toMatchObject({ msg: 'closed' }));
}, 60_000);
