import { expect, test } from 'vitest';
import { join, startGatehouse } from '../support/gatehouse.ts';

const server = await startGatehouse();

test('RP1 an unmodified SDK client calls system.ping', async () => {
  const room = await join(server.sdk('alice'), 'world');
  const answer = new Promise((resolve) => room.onMessage('rpc', resolve));
  room.send('rpc', { jsonrpc: '2.0', id: 1, method: 'system.ping', params: { echo: 'hi' } });
  expect(await answer).toMatchObject({ jsonrpc: '2.0', id: 1, result: { echo: 'hi' } });
  await expect.poll(() => room.state.players.size).toBe(1);
});
