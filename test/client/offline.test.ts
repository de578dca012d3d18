import { afterEach, expect, test, vi } from 'vitest';
import { viewConnection } from '../../client/src/widgets/connection-view.ts';
import { join } from './support/join.ts';

afterEach(() => void vi.unstubAllGlobals());
const network = (onLine: boolean) => vi.stubGlobal('navigator', { onLine });
const OFFLINE = 'This device is offline.';

/** The SDK closes its sockets with 4010 at the browser's `offline` event; its catalogue sentence is "Reconnecting.". */
test('JN11 a player whose device is offline is told that: at the browser’s event', async () => {
  const { room, connection, clock } = await join();
  network(false);
  room.connection.closes(4010);
  expect(connection.status).toMatchObject({
    state: 'reconnecting',
    reason: { name: 'ABNORMAL', next: 'resume', sentence: OFFLINE, cause: { name: 'RECONNECT' } },
  });
  expect(viewConnection(connection.status, clock.now())).toMatchObject({ word: 'Reconnecting', sentence: OFFLINE });
  clock.advance(1_000);
  network(true);
  room.takesBack();
  expect(connection.status.state).toBe('online');
});

test('JN11 a player whose device is offline is told that: when the event comes after the loss, and not for longer', async () => {
  const { room, connection, clock } = await join();
  const sentence = () => (connection.status.state === 'reconnecting' ? connection.status.reason.sentence : '');
  room.connection.closes(1006);
  expect(sentence()).toBe('The connection was lost.');
  network(false);
  clock.advance(1_000);
  room.connection.closes(1006);
  expect(sentence()).toBe(OFFLINE);
  // The device has a network again, and the server is not there.
  network(true);
  clock.advance(1_000);
  room.connection.closes(1006);
  expect(sentence()).toBe('The connection was lost.');
});

test('JN11 a player whose device is offline is told that: what a server said stays', async () => {
  network(false);
  for (const [code, reason, name] of [
    [4010, 'Come back at once', 'RECONNECT'],
    [4201, '', 'FLOODING'],
    [4401, '', 'KICKED'],
  ] as const) {
    const { room, connection } = await join();
    room.connection.closes(code, reason);
    const { status } = connection;
    const told = status.state === 'reconnecting' ? status.reason : status.state === 'failed' ? status.error : undefined;
    expect(told?.name).toBe(name);
  }
});

test('JN11 a player whose device is offline is told that: where nobody knows, the code is what is known', async () => {
  vi.stubGlobal('navigator', undefined);
  const { room, connection } = await join();
  room.connection.closes(4010);
  expect(connection.status).toMatchObject({ reason: { name: 'RECONNECT' } });
});
