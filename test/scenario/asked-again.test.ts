import { expect, test } from 'vitest';
import { GatehouseClient, WorldState } from '../../client/src/index.ts';
import { connectionOf } from '../../src/room/session-state.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { RawClient, rpcFrame } from '../support/raw-client.ts';

const server = await startGatehouse();
const { sessions } = server.platform;

test('RC1 a request that a raw client repeats after its return places one mark, and is answered alike', async () => {
  const token = server.token('ada');
  const request = { jsonrpc: '2.0', id: 7, method: 'world.placeMark', params: { x: 10, y: 10, label: 'once' } };
  const first = await RawClient.join(server.url, token);
  first.send(rpcFrame(request));
  const answer = await first.answer(({ id }) => id === 7);
  first.cut();
  await expect.poll(() => sessions.get(first.sessionId)?.state.name).toBe('dropped');
  const second = await RawClient.return(server.url, first, token);
  second.send(rpcFrame(request));
  expect(await second.answer(({ id }) => id === 7)).toEqual(answer);
  second.send(rpcFrame({ ...request, params: { ...request.params, label: 'another' } }));
  expect((await second.answer(({ id }) => id === 7)).result.id).not.toBe(answer.result.id);
  await second.leave();
});

test('RC7 what the kit asked before a drop is carried out once, and answered after its return', async () => {
  const kit = new GatehouseClient({ url: server.url, token: server.token('bob') });
  const world = await kit.join('world', {}, { stateClass: WorldState });
  await expect.poll(() => world.state.players?.get(world.sessionId)).toBeDefined();
  const before = world.state.marks.size;
  // The server hears the request, and its answer finds no connection.
  const { socket } = connectionOf(sessions.get(world.sessionId)!.state)!;
  const { deliver } = socket;
  socket.deliver = () => socket.terminate();
  const placed = world.rpc.call('world.placeMark', { x: 20, y: 20, label: 'kept' });
  expect((await placed).label).toBe('kept');
  expect(socket.deliver).not.toBe(deliver);
  await expect.poll(() => world.state.marks.size).toBe(before + 1);
  expect(server.platform.counters.get('rpc_asked_again')).toBeGreaterThan(0);
  await world.leave();
});

test('RC7 what the kit asks while its socket is closing is carried out once', async () => {
  const kit = new GatehouseClient({ url: server.url, token: server.token('eve') });
  const world = await kit.join('world', {}, { stateClass: WorldState });
  await expect.poll(() => world.state.players?.get(world.sessionId)).toBeDefined();
  const before = world.state.marks.size;
  (world.room.connection.transport as unknown as { ws: WebSocket }).ws.close(4010);
  expect(world.room.connection.isOpen).toBe(false);
  expect(world.status.state).toBe('online');
  const placed = await world.rpc.call('world.placeMark', { x: 30, y: 30, label: 'while it closes' });
  // Whatever else was on its way has come by then.
  await world.rpc.call('system.ping', {});
  await expect.poll(() => world.state.marks.has(placed.id)).toBe(true);
  expect(world.state.marks.size).toBe(before + 1);
  await world.leave();
});
