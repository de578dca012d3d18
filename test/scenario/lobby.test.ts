import type { Room } from '@colyseus/sdk';
import { expect, test } from 'vitest';
import { errors } from '../../schema/index.ts';
import { join, startGatehouse } from '../support/gatehouse.ts';
import { rpc } from '../support/rpc.ts';

const server = await startGatehouse({ PRESENCE_GRACE: '0.5', RECONNECT_WINDOW: '2' });

const lobby = (userId: string) => join(server.sdk(userId, { name: userId.toUpperCase() }), 'lobby');
const world = (userId: string) => join(server.sdk(userId, { name: userId.toUpperCase() }), 'world');
// biome-ignore lint/suspicious/noExplicitAny: state as an unmodified client has it
const user = (room: Room, userId: string): any => room.state?.users?.get(userId)?.toJSON();

test('LB1 the lobby shows who is online, by name, and where', async () => {
  const watcher = await lobby('walt');
  const guest = await world('gina');
  await expect.poll(() => user(watcher, 'gina')).toMatchObject({ name: 'GINA', status: 'online', where: 'world' });
  await expect.poll(() => user(watcher, 'walt')).toMatchObject({ status: 'online', where: 'lobby' });
  await guest.leave();
  await expect.poll(() => user(watcher, 'gina')).toMatchObject({ status: 'offline', where: '' });
});

test('LB2 whoever comes later sees who was there before, the lately gone included', async () => {
  const stays = await world('rita');
  const goes = await world('rolf');
  await goes.leave();
  const watcher = await lobby('wanda');
  await expect.poll(() => user(watcher, 'rita')).toMatchObject({ status: 'online' });
  await expect.poll(() => user(watcher, 'rolf')).toMatchObject({ status: 'offline', lastSeen: expect.any(Number) });
  await stays.leave();
});

test('PR1 a user with several connections is online until the last has gone and the grace has passed', async () => {
  const watcher = await lobby('walt');
  const [one, two] = [await world('tess'), await world('tess')];
  await expect.poll(() => user(watcher, 'tess')?.status).toBe('online');
  const seen: string[] = [];
  watcher.onStateChange(() => seen.push(user(watcher, 'tess')?.status));
  await one.leave();
  await rpc(watcher, 'system.ping', {});
  expect(user(watcher, 'tess').status).toBe('online');
  const leaving = Date.now();
  await two.leave();
  await expect.poll(() => user(watcher, 'tess').status).toBe('offline');
  expect(Date.now() - leaving).toBeGreaterThanOrEqual(500);
  expect(new Set(seen)).toEqual(new Set(['online', 'offline']));
});

test('PR2 a user who comes back within the grace never shows as offline', async () => {
  const watcher = await lobby('walt');
  const first = await world('finn');
  await expect.poll(() => user(watcher, 'finn')?.status).toBe('online');
  const seen: string[] = [];
  watcher.onStateChange(() => seen.push(user(watcher, 'finn')?.status));
  await first.leave();
  const again = await world('finn');
  // Longer than the grace, told by the server's own answers.
  const from = Date.now();
  await expect.poll(async () => (await rpc(watcher, 'system.ping', {})).result.at - from).toBeGreaterThan(1_000);
  expect(seen).not.toContain('offline');
  await again.leave();
});

test('PR3 player.setStatus is seen by others, moves the session and is kept for the next visit', async () => {
  const watcher = await lobby('walt');
  const room = await world('sara');
  expect(await rpc(room, 'player.setStatus', { status: 'away' })).toMatchObject({ result: { status: 'away' } });
  await expect.poll(() => user(watcher, 'sara')?.status).toBe('away');
  expect(await rpc(room, 'session.get', {})).toMatchObject({ result: { state: 'away' } });
  await room.leave();
  const again = await world('sara');
  await expect.poll(() => user(watcher, 'sara')).toMatchObject({ status: 'away', where: 'world' });
  expect(await rpc(again, 'player.setStatus', { status: 'offline' })).toMatchObject({
    error: { code: errors.INVALID_PARAMS.code },
  });
  await rpc(again, 'player.setStatus', { status: 'online' });
  await expect.poll(() => user(watcher, 'sara')?.status).toBe('online');
});

test('PR4 player.get and presence.list answer what the lobby shows, in bounded pages', async () => {
  const room = await world('ada');
  const [bo] = [await world('bo')];
  expect(await rpc(room, 'player.get', {})).toMatchObject({
    result: { userId: 'ada', status: 'online', where: ['world'] },
  });
  expect(await rpc(room, 'player.get', { userId: 'bo' })).toMatchObject({ result: { userId: 'bo' } });
  expect(await rpc(room, 'player.get', { userId: 'nobody' })).toMatchObject({ error: { code: errors.NOT_FOUND.code } });
  const first = await rpc(room, 'presence.list', { limit: 1 });
  expect(first.result.users).toHaveLength(1);
  const second = await rpc(room, 'presence.list', { limit: 1, after: first.result.next });
  expect(second.result.users[0].userId > first.result.users[0].userId).toBe(true);
  const online = await rpc(room, 'presence.list', { status: 'online', limit: 100 });
  expect(online.result.users.map((each: { userId: string }) => each.userId)).toEqual(
    expect.arrayContaining(['ada', 'bo']),
  );
  expect(await rpc(room, 'presence.list', { limit: 101 })).toMatchObject({
    error: { code: errors.INVALID_PARAMS.code },
  });
  await bo.leave();
});

test('LB3 the lobby lists the rooms that can be joined, with their players', async () => {
  const watcher = await lobby('walt');
  const room = await world('zoe');
  const entry = () => watcher.state.rooms?.get(room.roomId)?.toJSON();
  await expect.poll(entry).toMatchObject({ name: 'world', clients: 1, maxClients: 200 });
  const other = await world('zed');
  await expect.poll(entry).toMatchObject({ clients: 2 });
  await room.leave();
  await other.leave();
  await expect.poll(entry).toBeUndefined();
});
