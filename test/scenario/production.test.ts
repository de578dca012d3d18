import { expect, test } from 'vitest';
import { signToken } from '../../src/gate/dev-issuer.ts';
import { startGatehouse } from '../support/gatehouse.ts';

const secret = 'a-secret-of-this-test-that-is-long-enough';
const server = await startGatehouse({
  NODE_ENV: 'production',
  JWT_SECRET: secret,
  JWT_AUDIENCE: 'game',
  JWT_ISSUER: 'me',
});
const post = (path: string, headers: Record<string, string> = {}, body = '{}') =>
  fetch(`${server.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

test('JN6 production hands out no tokens and shows no playground', async () => {
  expect((await post('/v1/dev/token', {}, '{"name":"Ada"}')).status).toBe(404);
  const token = signToken({ userId: 'ada', tokenId: 't', audience: 'game', issuer: 'me' }, secret);
  expect((await post('/v1/dev/token', { authorization: `Bearer ${token}` })).status).toBe(404);
  expect((await fetch(`${server.url}/playground/`)).status).toBe(404);
});

test('JN7 with a secret, an issuer and an audience configured, only tokens of that kind are good', async () => {
  const join = async (request: object, key = secret) => {
    const token = signToken({ userId: 'ada', tokenId: 't', ...request }, key);
    return (await post('/matchmake/joinOrCreate/world', { authorization: `Bearer ${token}` })).status;
  };
  expect(await join({ audience: 'game', issuer: 'me' })).toBe(200);
  expect(await join({ audience: 'other', issuer: 'me' })).toBe(401);
  expect(await join({ audience: 'game', issuer: 'you' })).toBe(401);
  expect(await join({ audience: 'game', issuer: 'me' }, 'another-secret-that-is-long-enough-too')).toBe(401);
});
