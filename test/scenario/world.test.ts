import type { Room } from '@colyseus/sdk';
import { expect, test } from 'vitest';
import { errors, MoveInput } from '../../schema/index.ts';
import { join, startGatehouse } from '../support/gatehouse.ts';
import { nextNotification, rpc } from '../support/rpc.ts';

const server = await startGatehouse();

async function enter(userId: string): Promise<Room> {
  const room = await join(server.sdk(userId, { name: userId.toUpperCase() }), 'world');
  await expect.poll(() => room.state?.players?.get(room.sessionId)).toBeDefined();
  return room;
}

test('WD7 an unmodified SDK client joins with a token, moves, and is seen to move', async () => {
  const [mover, watcher] = [await enter('ann'), await enter('ben')];
  const start = { ...watcher.state.players.get(mover.sessionId).toJSON() };
  expect(start).toMatchObject({ userId: 'ann', name: 'ANN', connected: true });
  const input = mover.input({ type: MoveInput });
  // Whatever wall is near: one of the four ways is free.
  const ways = [
    [127, 0],
    [0, 127],
    [-127, 0],
    [0, -127],
  ] as const;
  let steps = 0;
  const timer = setInterval(() => {
    const [mx, my] = ways[Math.floor(steps++ / 30) % 4]!;
    Object.assign(input.data, { mx, my });
    input.send();
  }, 16);
  const seen = () => watcher.state.players.get(mover.sessionId);
  await expect.poll(() => Math.hypot(seen().x - start.x, seen().y - start.y)).toBeGreaterThan(20);
  clearInterval(timer);
  expect(watcher.state.tick).toBeGreaterThan(0);
});

test('WD8 what somebody says reaches everybody, cleaned of what cannot be read', async () => {
  const [ann, ben] = [await enter('ann'), await enter('ben')];
  const [atAnn, atBen] = [nextNotification(ann, 'world.said'), nextNotification(ben, 'world.said')];
  const answer = await rpc(ann, 'world.say', { text: ' hi\u202e there\u0000 ' });
  expect(answer).toMatchObject({ result: { at: expect.any(Number) } });
  const said = { sessionId: ann.sessionId, userId: 'ann', name: 'ANN', text: 'hi  there', at: answer.result.at };
  expect(await atBen).toEqual(said);
  expect(await atAnn).toEqual(said);
  expect(await rpc(ann, 'world.say', { text: ' \u200b ' })).toMatchObject({
    error: { code: errors.INVALID_PARAMS.code },
  });
});

test('WD9 a mark that one player places is seen, moved and removed by another', async () => {
  const [ann, ben] = [await enter('ann'), await enter('ben')];
  const { result: mark } = await rpc(ann, 'world.placeMark', { x: 10, y: 20, label: 'camp' });
  await expect
    .poll(() => ben.state.marks.get(mark.id)?.toJSON())
    .toMatchObject({ x: 10, y: 20, label: 'camp', version: 1 });
  expect(await rpc(ben, 'world.moveMark', { id: mark.id, x: 30, y: 40, ifVersion: 1 })).toMatchObject({
    result: { version: 2 },
  });
  const late = await rpc(ann, 'world.moveMark', { id: mark.id, x: 1, y: 1, ifVersion: 1 });
  expect(late).toMatchObject({
    error: { code: errors.CONFLICT.code, data: { current: { x: 30, y: 40, version: 2 } } },
  });
  expect(await rpc(ben, 'world.removeMark', { id: mark.id, ifVersion: 2 })).toMatchObject({ result: null });
  await expect.poll(() => ann.state.marks.has(mark.id)).toBe(false);
});

test.each([
  ['world.placeMark', { x: -1, y: 5 }],
  ['world.placeMark', { x: Number.NaN, y: 5 }],
  ['world.placeMark', { x: 5, y: 5, label: 'x'.repeat(25) }],
  ['world.moveMark', { id: 'x', x: Number.POSITIVE_INFINITY, y: 1 }],
  ['world.moveMark', { id: 'x', x: 1, y: 1, ifVersion: 0 }],
  ['world.say', { text: 'x'.repeat(201) }],
])('WD10 %s refuses %j', async (method, params) => {
  expect(await rpc(await enter('ann'), method, params)).toMatchObject({ error: { code: errors.INVALID_PARAMS.code } });
});

test('RP14 the server asks a client and gets its answer', async () => {
  const ann = await enter('ann');
  ann.onMessage('rpc', (message) => {
    if (message.method === 'client.ping') ann.send('rpc', { jsonrpc: '2.0', id: message.id, result: { at: 7 } });
  });
  const session = server.platform.sessions.get(ann.sessionId)!;
  const { matchMaker } = await import('@colyseus/core');
  const world = matchMaker.getLocalRoomById(ann.roomId) as never as import('../../src/index.ts').GameRoom;
  expect(await world.call(session, 'client.ping', {})).toEqual({ at: 7 });
});

test('RP15 system.time, system.info and session.get answer in every room', async () => {
  for (const name of ['world', 'lobby']) {
    const room = await join(server.sdk('ann'), name);
    expect(await rpc(room, 'system.time', {})).toMatchObject({
      result: { now: expect.any(Number), roomTime: expect.any(Number) },
    });
    expect(await rpc(room, 'system.info', {})).toMatchObject({
      result: { name: 'gatehouse', roomId: room.roomId, roomName: name },
    });
    expect(await rpc(room, 'session.get', {})).toMatchObject({
      result: { id: room.sessionId, userId: 'ann', roomName: name },
    });
  }
});
