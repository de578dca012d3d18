import { connect } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { subjectOfNode } from '../../schema/bus/subjects.ts';
import { closeCodes } from '../../schema/index.ts';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { RawClient } from '../support/raw-client.ts';

test('AD2 any node is reached through any other: rooms, kick, log level, drain; and each knows what was done at the other', async () => {
  const cluster = await Cluster.start((end) => onTestFinished(end));
  const nodes = [await cluster.node({ LOG_LEVEL: 'warn' }), await cluster.node({ LOG_LEVEL: 'warn' })];
  const headers = { authorization: `Bearer ${cluster.token('olga', 'admin')}`, 'content-type': 'application/json' };
  const get = async (url: string, path: string) => (await fetch(`${url}/v1/admin${path}`, { headers })).json();
  const ids = await Promise.all(nodes.map(async ({ url }) => (await get(url, '/nodes')).here as string));
  const client = await RawClient.join(nodes[0]!.url, cluster.token('ada'));
  const bob = await RawClient.join(nodes[0]!.url, cluster.token('bob'));
  const { nodeId } = (await get(nodes[0]!.url, '/users/ada/sessions')).sessions[0];
  const owner = ids.indexOf(nodeId);
  const [asked, other] = [nodes[1 - owner]!, nodes[owner]!];
  const post = async (path: string, body: object) => {
    const response = await fetch(`${asked.url}/v1/admin${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return response.json();
  };

  await eventually(async () => expect((await get(asked.url, '/nodes')).nodes).toHaveLength(2));
  expect((await get(asked.url, `/nodes/${nodeId}/rooms`)).rooms).toMatchObject([
    { roomId: client.seat!.roomId, roomName: 'world', players: 2 },
  ]);
  expect(await post('/log-level', { level: 'info' })).toEqual({ level: 'info', nodes: expect.arrayContaining(ids) });
  expect(await post(`/sessions/${client.sessionId}/kick`, {})).toEqual({ kicked: true });
  expect((await client.closed).code).toBe(closeCodes.KICKED.code);
  // At the level warn it would not be said.
  await eventually(() => expect(other.lines.some(({ msg }) => msg === 'session ended')).toBe(true));
  expect(await post('/drain', { node: nodeId })).toMatchObject({ draining: true });
  await eventually(async () => {
    const { nodes: known } = await get(asked.url, '/nodes');
    expect(known.find(({ id }: { id: string }) => id === nodeId).state).toBe('draining');
  });
  await eventually(async () => {
    const { entries } = await get(other.url, '/audit');
    expect(entries.map(({ action }: { action: string }) => action)).toEqual(['drain', 'kick', 'log level']);
  });
  bob.cut();
}, 60_000);

test('AD9 what comes over the bus and is not of the form is counted and does nothing: commands, rooms to adopt, entries of the audit log', async () => {
  const cluster = await Cluster.start((end) => onTestFinished(end));
  const nodes = [await cluster.node(), await cluster.node()];
  const nats = await connect({ port: cluster.nats.port });
  onTestFinished(() => nats.close());
  const headers = { authorization: `Bearer ${cluster.token('olga', 'admin')}` };
  const get = async (url: string, path: string) => (await fetch(`${url}/v1/admin${path}`, { headers })).json();
  const foreign = async () => {
    const pages = nodes.map(async ({ url }) => (await fetch(`${url}/metrics`)).text());
    const counts = (await Promise.all(pages)).map((page) => /bus_foreign_total (\d+)/.exec(page)![1]);
    return counts.reduce((sum, count) => sum + Number(count), 0);
  };
  const client = await RawClient.join(nodes[0]!.url, cluster.token('ada'));
  const { roomId } = client.seat!;
  await eventually(async () => expect(await cluster.room(roomId)).toHaveProperty('snapshot'));
  const owner = await cluster.room(roomId);
  const ids = await Promise.all(nodes.map(async ({ url }) => (await get(url, '/nodes')).here as string));
  const other = ids.find((id) => id !== owner.node)!;
  const ask = async (node: string, event: string, data: unknown) =>
    (await nats.request(subjectOfNode(node, event), JSON.stringify(data), { timeout: 5_000 })).json();

  const commands = [null, 7, [], { do: 'nope' }, { do: 'constructor' }, { do: 'rooms', more: 1 }, { do: 'kick' }];
  for (const command of commands) expect(await ask(other, 'operate', command)).toEqual({ error: 'INVALID_REQUEST' });
  const offer = { roomId, roomName: 'world', nodeId: owner.node!, epoch: 1 };
  const offers: Array<[string, unknown]> = [
    [other, { ...offer, roomName: 'constructor' }],
    [other, { ...offer, roomName: 'lobby' }],
    [other, { ...offer, nodeId: 'nobody' }],
    [other, { ...offer, epoch: 2 }],
    [other, { ...offer, roomId: '__proto__' }],
    [other, { ...offer, epoch: '1' }],
    // Of the node that has it.
    [owner.node!, offer],
  ];
  for (const [node, each] of offers) expect(await ask(node, 'adopt', each)).toEqual({ adopted: false });
  const entry = { at: 1, node: other, admin: 'eve', action: 'kick', target: 't', outcome: 'ok' };
  // In the name of another node, and at no time of this world.
  const entries = [entry, { ...entry, node: 'eve', at: 1e300 }, { ...entry, node: 'eve', more: 1 }, null];
  for (const each of entries) nats.publish(subjectOfNode('eve', 'audit'), JSON.stringify(each));

  const expected = commands.length + offers.length + nodes.length * entries.length;
  await eventually(async () => expect(await foreign()).toBe(expected));
  expect(await cluster.room(roomId)).toMatchObject({ node: owner.node, epoch: '1' });
  for (const { url } of nodes) expect(await get(url, '/audit')).toEqual({ entries: [] });
  expect(client.open).toBe(true);
  client.cut();
}, 60_000);
