import { mkdir } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { closeCodes } from '../../schema/index.ts';
import { buildPage, startBrowser, visitor } from '../browser/support/visitors.ts';
import { eventually } from '../support/eventually.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { RawClient } from '../support/raw-client.ts';

const server = await startGatehouse({ JOINS_PER_ADDRESS: '100000' }, { page: await buildPage() });
const admin = { authorization: `Bearer ${server.token('olga', { role: 'admin' })}` };
const get = async (path: string, headers: Record<string, string> = admin) => {
  const response = await fetch(`${server.url}/v1/admin${path}`, { headers, redirect: 'manual' });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
};
const post = async (path: string, body: object = {}, headers: Record<string, string> = admin) => {
  const response = await fetch(`${server.url}/v1/admin${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

/** Where screenshots go, when somebody wants to look at them. */
const shots = process.env.SCREENSHOTS;
if (shots !== undefined) await mkdir(shots, { recursive: true });
const browser = await startBrowser();

test('AD1 page, readings and actions are for admins', async () => {
  const player = { authorization: `Bearer ${server.token('ada')}` };
  for (const path of ['/', '/nodes', `/nodes/${server.nodeId}/rooms`, '/users/ada/sessions', '/audit']) {
    expect((await get(path, {})).status, path).toBe(401);
    expect((await get(path, player)).status, path).toBe(403);
  }
  for (const path of ['/drain', '/log-level', '/users/ada/revoke', '/sessions/s/kick', '/rooms/r/move']) {
    expect((await post(path, {}, {})).status, path).toBe(401);
    expect((await post(path, {}, player)).status, path).toBe(403);
  }
  const addresses = ['/admin.html', '//admin.html', '/%61dmin.html', '/admin%2ehtml', '/assets/..%2fadmin.html'];
  for (const path of addresses) expect((await fetch(`${server.url}${path}`)).status, path).toBe(404);
  const door = await fetch(`${server.url}/admin?token=t`, { redirect: 'manual' });
  expect(door.headers.get('location')).toBe('/v1/admin/?token=t');
  expect((await get('/audit')).body).toEqual({ entries: [] });
});

test('AD2 nodes and their rooms are shown', async () => {
  const client = await RawClient.join(server.url, server.token('ada'));
  expect((await get('/nodes')).body).toMatchObject({
    here: server.nodeId,
    nodes: [{ id: server.nodeId, state: 'ready' }],
  });
  expect((await get(`/nodes/${server.nodeId}/rooms`)).body).toEqual({
    rooms: [{ roomId: client.seat!.roomId, roomName: 'world', players: 1, locked: false }],
  });
  expect((await get('/nodes/nobody/rooms')).status).toBe(404);
  await client.leave();
});

test('AD3 sessions of a user are shown without what recovers them; kicked, a session ends for good', async () => {
  const client = await RawClient.join(server.url, server.token('kim'));
  const { body } = await get('/users/kim/sessions');
  expect(body).toMatchObject({ sessions: [{ id: client.sessionId, userId: 'kim', state: 'online' }] });
  expect(JSON.stringify(body)).not.toMatch(/recoveryHash|tokenId/);
  expect((await post(`/sessions/${client.sessionId}/kick`)).body).toEqual({ kicked: true });
  expect((await client.closed).code).toBe(closeCodes.KICKED.code);
  await eventually(async () => expect((await get('/users/kim/sessions')).body).toEqual({ sessions: [] }));
  expect((await post(`/sessions/${client.sessionId}/kick`)).status).toBe(404);
});

test('AD3 revoked, a user is out and needs a new token; blocked, they need another day', async () => {
  const old = server.token('rick');
  const client = await RawClient.join(server.url, old);
  expect((await post('/users/rick/revoke')).body).toMatchObject({ revoked: true });
  expect((await client.closed).code).toBe(closeCodes.TOKEN_REVOKED.code);
  await expect(RawClient.join(server.url, old)).rejects.toThrow('TOKEN_REVOKED');
  // Tokens tell whole seconds: one of the same second counts as issued before.
  const anew = await vi.waitFor(() => RawClient.join(server.url, server.token('rick')), {
    timeout: 5_000,
    interval: 200,
  });
  expect((await post('/users/rick/revoke', { blockDays: 1 })).status).toBe(200);
  expect((await anew.closed).code).toBe(closeCodes.TOKEN_REVOKED.code);
  await expect(RawClient.join(server.url, server.token('rick'))).rejects.toThrow('TOKEN_REVOKED');
  expect((await post('/users/rick/revoke', { blockDays: -1 })).status).toBe(400);
});

test('AD4 the log level is changed while the node runs', async () => {
  const { log } = server.platform;
  const before = log.level;
  expect((await post('/log-level', { level: 'error' })).body).toEqual({ level: 'error', nodes: [server.nodeId] });
  expect(log.level).toBe('error');
  expect((await post('/log-level', { level: 'shout' })).status).toBe(400);
  expect((await post('/log-level', { level: 'info', node: 'nobody' })).status).toBe(404);
  expect((await post('/log-level', { level: before, node: server.nodeId })).status).toBe(200);
  expect(log.level).toBe(before);
});

test('AD5 each action is written down, with who, what, about what and what came of it, also at the level silent', async () => {
  await post('/log-level', { level: 'silent' });
  const from = server.lines.length;
  await post('/sessions/nowhere/kick');
  await post('/users/zoe/revoke');
  await fetch(`${server.url}/monitor/api/room/call?roomId=r1&method=disconnect&args=[]`, { headers: admin });
  expect(server.lines.slice(from)).toMatchObject([
    { audit: true, user: 'olga', action: 'kick', target: 'nowhere', outcome: 'NOT_FOUND', msg: 'admin action' },
    { audit: true, user: 'olga', action: 'revoke', targetUser: 'zoe', outcome: 'ok' },
    { audit: true, user: 'olga', action: 'monitor disconnect', target: 'r1', outcome: 'asked' },
  ]);
  await post('/log-level', { level: 'trace' });
  const { entries } = (await get('/audit')).body as unknown as { entries: unknown[] };
  expect(entries.slice(0, 5)).toMatchObject([
    { action: 'log level', target: 'every node: trace', outcome: 'ok' },
    { action: 'monitor disconnect' },
    { action: 'revoke', admin: 'olga', node: server.nodeId },
    { action: 'kick', outcome: 'NOT_FOUND' },
    { action: 'log level', target: 'every node: silent' },
  ]);
});

test('AD6 in a browser an admin finds a user, kicks them, and changes the log level', async () => {
  const client = await RawClient.join(server.url, server.token('bob', { name: '<b>Bob</b>' }));
  const token = server.token('olga', { role: 'admin' });
  const { page, complaints } = await visitor(browser, { port: server.port, address: `/admin?token=${token}` });
  expect(new URL(page.url()).pathname).toBe('/v1/admin/');
  expect(page.url()).not.toContain('token');
  page.on('dialog', (dialog) => void dialog.accept());
  await page.getByRole('button', { name: 'Rooms' }).click();
  await page.locator('[data-room]').waitFor();
  await page.getByLabel('User id').fill('bob');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.locator(`[data-session="${client.sessionId}"]`).waitFor();
  expect(await page.locator(`[data-session="${client.sessionId}"]`).textContent()).toContain('<b>Bob</b>');
  if (shots !== undefined) await page.screenshot({ path: `${shots}/admin.png`, fullPage: true });
  await page.getByRole('button', { name: 'Kick' }).click();
  expect((await client.closed).code).toBe(closeCodes.KICKED.code);
  await page.getByText('bob was kicked.').waitFor();
  await page.getByText('bob has no session.').waitFor();
  await page.getByLabel(`Log level of ${server.nodeId}`).selectOption('debug');
  await page.getByText('logs from debug on.').waitFor();
  expect(server.platform.log.level).toBe('debug');
  // The same login.
  expect(await page.evaluate(async () => (await fetch('/monitor/')).status)).toBe(200);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  if (shots !== undefined) await page.screenshot({ path: `${shots}/admin-phone.png`, fullPage: true });
  expect(complaints).toEqual([]);
});
