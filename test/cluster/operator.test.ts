import { expect, onTestFinished, test } from 'vitest';
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
