import { matchMaker } from '@colyseus/core';
import { expect, test } from 'vitest';
import { AskingRoom } from '../../docs/samples/ask-client.ts';
import { timeAndSession } from '../../docs/samples/batch.ts';
import { DiceRoom } from '../../docs/samples/dice-room.ts';
import { visitWorld } from '../../docs/samples/kit.ts';
import { pingFromPlainSdk } from '../../docs/samples/plain-sdk.ts';
import { keep, recover } from '../../docs/samples/recover.ts';
import { rooms } from '../../rooms/index.ts';
import { join, startGatehouse } from '../support/gatehouse.ts';
import { rpc } from '../support/rpc.ts';

const server = await startGatehouse({}, { rooms: { ...rooms, dice: DiceRoom, asking: AskingRoom } });

test('DC1 the room of the README works', async () => {
  const room = await join(server.sdk('ada'), 'dice');
  const { result } = await rpc(room, 'dice.roll', { sides: 20 });
  await expect.poll(() => room.state.last).toBe(result.value);
});

test('DC1 the sample of the client kit works', async () => {
  expect(await visitWorld(server.url, async () => server.token('ada'))).toEqual(expect.any(String));
});

test('DC1 the sample of the plain SDK works', async () => {
  expect(await pingFromPlainSdk(server.url, server.token('ada'))).toBeGreaterThan(1.7e12);
});

test('DC1 the sample of a session that is recovered works', async () => {
  const room = await join(server.sdk('ada'), 'world');
  room.onLeave(() => {});
  const again = await recover(server.url, server.token('ada'), keep(room, { epoch: 1, n: 0 }));
  again.onMessage('*', () => {});
  expect(again.sessionId).toBe(room.sessionId);
  await again.leave();
});

test('DC1 the sample of a batch works', async () => {
  const answers = await timeAndSession(await join(server.sdk('ada'), 'world'));
  expect(answers.map(({ id }) => id)).toEqual([1, 2]);
});

test('DC1 the sample of a question to a client works, whether it answers or not', async () => {
  const room = await join(server.sdk('ada'), 'asking');
  const asking = matchMaker.getLocalRoomById(room.roomId) as unknown as AskingRoom;
  expect(await asking.isThere('nobody')).toBe(false);
  const deaf = asking.isThere(room.sessionId);
  expect(await deaf).toBe(false);
  room.onMessage('rpc', ({ id }) => room.send('rpc', { jsonrpc: '2.0', id, result: { at: 1 } }));
  expect(await asking.isThere(room.sessionId)).toBe(true);
});
