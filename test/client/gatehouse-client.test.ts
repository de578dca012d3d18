import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ErrorName, errors } from '@gatehouse/schema';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatehouseClient } from '../../client/src/index.ts';

let reply: (request: IncomingMessage, response: ServerResponse) => void;
const server = http.createServer((request, response) => reply(request, response));
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

/** The answer that Gatehouse gives to a join that it refuses. */
function refuseWith(name: ErrorName, data?: unknown): void {
  const { code, http: status, message, retryable } = errors[name];
  reply = (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ code, name, error: `${name}: ${message}`, retryable, data }));
  };
}

test('CL15 keeps what a refusal says, its data too', async () => {
  refuseWith('RATE_LIMITED', { retryAfterMs: 250 });
  const joined = new GatehouseClient({ url, token: 't' }).join('world');
  await expect(joined).rejects.toMatchObject({ name: 'RATE_LIMITED', retryable: true, data: { retryAfterMs: 250 } });
});

test('CL15 takes what is no Gatehouse for no Gatehouse', async () => {
  reply = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<h1>Welcome to the hotel</h1>');
  };
  const joined = new GatehouseClient({ url, token: 't' }).join('world');
  await expect(joined).rejects.toMatchObject({
    name: 'UNAVAILABLE',
    message: expect.stringContaining('not a Gatehouse'),
  });
});

test('CL15 takes broken JSON for an unknown error, and not for a crash', async () => {
  reply = (_request, response) => {
    response.writeHead(500, { 'content-type': 'application/json' });
    response.end('{"code":');
  };
  await expect(new GatehouseClient({ url, token: 't' }).join('world')).rejects.toMatchObject({ name: 'UNKNOWN' });
});

test('CL34 asks for a token before each join, and sends it as the SDK does', async () => {
  const headers: (string | undefined)[] = [];
  const paths: (string | undefined)[] = [];
  reply = (request, response) => {
    headers.push(request.headers.authorization);
    paths.push(request.url);
    response.writeHead(503).end();
  };
  let asked = 0;
  const client = new GatehouseClient({ url, token: async () => `t${++asked}` });
  await expect(client.join('world')).rejects.toMatchObject({ name: 'UNAVAILABLE' });
  await expect(client.create('a/b')).rejects.toMatchObject({ name: 'UNAVAILABLE' });
  await expect(client.joinById('r1')).rejects.toMatchObject({ name: 'UNAVAILABLE' });
  expect(headers).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t3']);
  expect(paths).toEqual(['/matchmake/joinOrCreate/world', '/matchmake/create/a%2Fb', '/matchmake/joinById/r1']);
});

test('CL34 rejects with what the token function failed of', async () => {
  const cause = new Error('sign-in is down');
  const client = new GatehouseClient({
    url,
    token: () => {
      throw cause;
    },
  });
  await expect(client.join('world')).rejects.toMatchObject({ name: 'UNKNOWN', message: 'sign-in is down', cause });
  const signedOut = new GatehouseClient({ url, token: '' }).join('world');
  await expect(signedOut).rejects.toMatchObject({ name: 'TOKEN_MISSING' });
});
