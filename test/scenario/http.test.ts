import { expect, test } from 'vitest';
import { errors } from '../../schema/index.ts';
import { startGatehouse } from '../support/gatehouse.ts';

const server = await startGatehouse({ ALLOWED_ORIGINS: 'https://play.example.com', JOINS_PER_USER: '4' });
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, { headers, redirect: 'manual' });
const matchmake = (headers: Record<string, string>, body: string | undefined = '{}', path = 'joinOrCreate/world') =>
  fetch(`${server.url}/matchmake/${path}`, { method: 'POST', headers, body });

test('OP1 /health/live, /health/ready and /health/serving answer', async () => {
  expect(await (await get('/health/live')).json()).toEqual({ status: 'live' });
  expect(await (await get('/health/serving')).json()).toEqual({ status: 'serving' });
  const ready = await get('/health/ready');
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({ status: 'ready', checks: { matchmaker: 'ready', nodes: 'ready' } });
});

test('OP2 the monitor needs a token with the role admin', async () => {
  expect((await get('/monitor')).status).toBe(401);
  expect((await get('/monitor/api')).status).toBe(401);
  const player = { authorization: `Bearer ${server.token('ada')}` };
  expect((await get('/monitor/api', player)).status).toBe(403);
  const admin = { authorization: `Bearer ${server.token('root', { role: 'admin' })}` };
  expect((await get('/monitor/', admin)).status).toBe(200);
  expect(await (await get('/monitor/api', admin)).json()).toHaveProperty('rooms');
});

test('OP3 a browser opens the monitor with ?token=, which becomes a cookie that no script and no other site can use', async () => {
  const response = await get(`/monitor?token=${server.token('root', { role: 'admin' })}`);
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe('/monitor/');
  const cookie = response.headers.get('set-cookie')!;
  expect(cookie).toMatch(/; Path=\/monitor; HttpOnly; SameSite=Strict/);
  expect((await get('/monitor/', { cookie: cookie.split(';')[0]! })).status).toBe(200);
});

test('JN1 a join without a token is refused with a clear error, over HTTP and in the SDK', async () => {
  const response = await matchmake({});
  expect(response.status).toBe(401);
  expect(await response.json()).toEqual({
    code: errors.TOKEN_MISSING.code,
    name: 'TOKEN_MISSING',
    error: 'TOKEN_MISSING: No token was sent',
    retryable: false,
  });
  const sdk = server.sdk('ada');
  sdk.auth.token = undefined as never;
  await expect(sdk.joinOrCreate('world')).rejects.toThrow('TOKEN_MISSING: No token was sent');
});

test('JN2 pages of other origins may not join, nor open a socket; those of the list and the own may', async () => {
  const authorization = `Bearer ${server.token('ori')}`;
  const foreign = await matchmake({ authorization, origin: 'https://evil.example.com' });
  expect(foreign.status).toBe(403);
  expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  for (const origin of ['https://play.example.com', server.url]) {
    const own = await matchmake({ authorization, origin });
    expect(own.status).toBe(200);
    expect(own.headers.get('access-control-allow-origin')).toBe(origin);
  }
  const preflight = (origin: string) =>
    fetch(`${server.url}/matchmake/join/world`, { method: 'OPTIONS', headers: { origin } });
  expect((await preflight('https://play.example.com')).status).toBe(204);
  expect((await preflight('https://evil.example.com')).status).toBe(403);
});

test('JN3 joins of one user are bounded, and the refusal says when to come back', async () => {
  const join = (userId: string) => matchmake({ authorization: `Bearer ${server.token(userId)}` });
  expect((await join('rob')).status).toBe(200);
  expect((await join('rob')).status).toBe(200);
  const third = await join('rob');
  expect(third.status).toBe(429);
  expect(await third.json()).toMatchObject({ name: 'RATE_LIMITED', data: { retryAfterMs: expect.any(Number) } });
  expect((await join('someone-else')).status).toBe(200);
});

test.each([
  ['malformed JSON', '{', 'joinOrCreate/world', 400, 'INVALID_REQUEST'],
  ['a body that is no object', '[]', 'joinOrCreate/world', 400, 'INVALID_REQUEST'],
  ['too large a body', JSON.stringify({ x: 'y'.repeat(20_000) }), 'joinOrCreate/world', 413, 'PAYLOAD_TOO_LARGE'],
  ['a method that does not exist', '{}', 'remoteRoomCall/world', 404, 'NOT_FOUND'],
  ['a room that does not exist', '{}', 'joinOrCreate/nowhere', 404, 'NOT_FOUND'],
  ['an id that does not exist', '{}', 'joinById/nope', 404, 'NOT_FOUND'],
  ['a reconnection without a secret', '{}', 'reconnect/nope', 400, 'INVALID_REQUEST'],
  ['a reconnection to a room that does not exist', '{"reconnectionToken":"x"}', 'reconnect/nope', 404, 'NOT_FOUND'],
])('JN4 matchmaking answers %s from the catalogue', async (name, body, path, status, expected) => {
  const response = await matchmake({ authorization: `Bearer ${server.token(`jn4-${name}`)}` }, body, path);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ name: expected, code: errors[expected as keyof typeof errors].code });
});

test('OP4 the page and the answers carry headers that keep other sites and scripts out', async () => {
  const { headers } = await get('/openrpc.json');
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-powered-by')).toBeNull();
});

test('OP5 what is not there is NOT_FOUND as JSON', async () => {
  const response = await get('/nothing/here');
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ name: 'NOT_FOUND' });
});

test('JN5 in development anybody gets a token, which lets them in', async () => {
  const body = JSON.stringify({ name: 'Ada L' });
  const response = await fetch(`${server.url}/v1/dev/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const { token, userId } = (await response.json()) as { token: string; userId: string };
  expect(userId).toMatch(/^ada-l-/);
  expect((await matchmake({ authorization: `Bearer ${token}` })).status).toBe(200);
});

test('OP6 no token and no secret is ever logged', async () => {
  const token = server.token('quiet', { role: 'admin' });
  await matchmake({ authorization: `Bearer ${token}` });
  await get(`/monitor?token=${token}`);
  await matchmake({ authorization: `Bearer ${token}x` });
  const log = JSON.stringify(server.lines);
  expect(log).not.toContain(token.split('.')[2]);
  expect(log).not.toContain('development-secret');
});
