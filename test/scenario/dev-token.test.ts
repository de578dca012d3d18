import jwt from 'jsonwebtoken';
import { expect, test } from 'vitest';
import { type ErrorName, errors } from '../../schema/index.ts';
import { signToken } from '../../src/gate/dev-issuer.ts';
import { join, startGatehouse } from '../support/gatehouse.ts';
import { rpc } from '../support/rpc.ts';

const server = await startGatehouse({ JWT_ISSUER: 'dev', JWT_AUDIENCE: 'game' });
const kind = { issuer: 'dev', audience: 'game' };
let tokens = 0;
const sign = (userId: string, more: object = {}, secret?: string) =>
  signToken({ userId, tokenId: `t${tokens++}`, ...kind, ...more }, secret);

interface Answer {
  readonly status: number;
  readonly body: { readonly token: string; readonly userId: string; readonly code: number; readonly name: ErrorName };
}

async function ask(bearer: string | undefined, body: string = '{}'): Promise<Answer> {
  const response = await fetch(`${server.url}/v1/dev/token`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
    },
    body,
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const claimsOf = (token: string) => jwt.decode(token) as Record<string, unknown>;

test('JN8 in development the bearer of a good token gets the next one of the same user', async () => {
  const first = (await ask(undefined, '{"name":"Ada L"}')).body;
  const { status, body } = await ask(first.token);
  expect([status, body.userId]).toEqual([200, first.userId]);
  const [before, after] = [claimsOf(first.token), claimsOf(body.token)];
  expect(after).toMatchObject({ sub: first.userId, name: 'Ada L', iss: 'dev', aud: 'game' });
  expect(after.exp).toBeGreaterThanOrEqual(before.exp as number);
  // Another token: what revokes the one leaves the other.
  expect(after.jti).not.toBe(before.jti);
  expect(after).not.toHaveProperty('role', 'admin');
});

test('JN8 in development the bearer of a good token gets the next one: with the role and name that it has, whatever is asked', async () => {
  const soon = sign('root', { name: 'Root', role: 'admin', ttlSeconds: 5 });
  const { body } = await ask(soon, '{"name":"Somebody else","role":"player"}');
  expect(claimsOf(body.token)).toMatchObject({ sub: 'root', name: 'Root', role: 'admin' });
  expect((claimsOf(body.token).exp as number) - (claimsOf(soon).exp as number)).toBeGreaterThan(3_600);
});

test('JN8 in development the bearer of a good token gets the next one: a session is refreshed with it', async () => {
  const client = server.sdk('dora');
  const first = sign('dora', { ttlSeconds: 60 });
  client.auth.token = first;
  const room = await join(client, 'lobby');
  const { token } = (await ask(first)).body;
  const expiresAt = (claimsOf(token).exp as number) * 1_000;
  expect(await rpc(room, 'session.refresh', { token })).toMatchObject({ result: { expiresAt } });
});

const revoked = sign('gone');
await server.ports.revocations.revoke({
  kind: 'token',
  tokenId: claimsOf(revoked).jti as string,
  until: Date.now() + 60_000,
});

const refused: Array<[string, string, ErrorName]> = [
  ['an expired one', sign('ada', { ttlSeconds: -60 }), 'TOKEN_EXPIRED'],
  ['a revoked one', revoked, 'TOKEN_REVOKED'],
  ['one of another key', sign('ada', {}, 'another-secret-that-is-long-enough-for-it'), 'TOKEN_INVALID'],
  ['one of another issuer', sign('ada', { issuer: 'else' }), 'TOKEN_INVALID'],
  ['nonsense', 'nonsense', 'TOKEN_INVALID'],
];
test.each(refused)('JN8 nobody else gets it: the bearer of %s', async (_name, token, error) => {
  const { status, body } = await ask(token, '{"name":"Eve"}');
  expect(status).toBe(errors[error].http);
  expect(body).toMatchObject({ name: error, code: errors[error].code });
  expect(body).not.toHaveProperty('token');
});
