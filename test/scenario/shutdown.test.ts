import { expect, test } from 'vitest';
import { closeCodes } from '../../schema/index.ts';
import { join, startGatehouse } from '../support/gatehouse.ts';
import { left } from '../support/rpc.ts';

const server = await startGatehouse();

test('SS14 a shutdown tells every client with 4001, ends every session and leaves nothing open', async () => {
  const rooms = [
    await join(server.sdk('ada'), 'world'),
    await join(server.sdk('bob'), 'world'),
    await join(server.sdk('ada'), 'lobby'),
  ];
  await expect.poll(() => server.platform.sessions.size).toBe(3);
  const ends = rooms.map(left);
  await server.close();
  expect(await Promise.all(ends)).toEqual(Array(3).fill(closeCodes.SERVER_SHUTDOWN.code));
  expect(server.platform.sessions.size).toBe(0);
  expect(server.connections.size).toBe(0);
  await expect(fetch(`${server.url}/health/live`)).rejects.toThrow();
});
