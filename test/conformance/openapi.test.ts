import { matchMaker } from '@colyseus/core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { join, startGatehouse } from '../support/gatehouse.ts';

const server = await startGatehouse();

// biome-ignore lint/suspicious/noExplicitAny: a document is looked at
async function openApi(): Promise<any> {
  return (await fetch(`${server.url}/openapi.json`)).json();
}

test('HA1 /openapi.json is a valid OpenAPI 3.1 document', async () => {
  const document = await openApi();
  expect(document.openapi).toBe('3.1.0');
  expect(await new Validator().validate(document)).toMatchObject({ valid: true });
  // Unlike the meta-schema, readers need these to be unique.
  const operations = Object.values<object>(document.paths).flatMap((path) => Object.values(path));
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('HA2 every operation that the document names is served, and answers as it says', async () => {
  const document = await openApi();
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(document, 'openapi');
  const room = await join(server.sdk('ada'), 'world');
  const token = server.token('ada');
  const root = server.token('root', { role: 'admin' });
  const kept = { sessionId: room.sessionId, token: room.reconnectionToken };

  // Each once as it should be, and once not; what ends something comes last.
  const calls: Array<[operation: string, path: string, status: number, send?: { as?: string; body?: object }]> = [
    ['get /health/live', '/health/live', 200],
    ['get /health/ready', '/health/ready', 200],
    ['get /health/serving', '/health/serving', 200],
    ['get /openrpc.json', '/openrpc.json', 200],
    ['get /openapi.json', '/openapi.json', 200],
    ['post /matchmake/{method}/{target}', '/matchmake/joinOrCreate/lobby', 200, { as: token, body: {} }],
    ['post /matchmake/{method}/{target}', '/matchmake/joinOrCreate/lobby', 401, { body: {} }],
    ['post /matchmake/{method}/{target}', '/matchmake/joinOrCreate/nowhere', 404, { as: token, body: {} }],
    ['post /matchmake/{method}/{target}', '/matchmake/reconnect/x', 400, { as: token, body: {} }],
    ['post /v1/dev/token', '/v1/dev/token', 200, { body: { name: 'Ada' } }],
    ['post /v1/dev/token', '/v1/dev/token', 400, { body: {} }],
    ['post /v1/sessions/recover', '/v1/sessions/recover', 400, { as: token, body: {} }],
    ['post /v1/sessions/recover', '/v1/sessions/recover', 410, { as: token, body: { ...kept, token: 'wrong' } }],
    ['post /v1/sessions/recover', '/v1/sessions/recover', 403, { as: root, body: kept }],
    ['post /v1/sessions/recover', '/v1/sessions/recover', 200, { as: token, body: kept }],
    ['get /v1/sessions/{id}', `/v1/sessions/${room.sessionId}`, 200, { as: token }],
    ['get /v1/sessions/{id}', '/v1/sessions/nobody', 404, { as: token }],
    ['delete /v1/sessions/{id}', `/v1/sessions/${room.sessionId}`, 403, { as: server.token('bob') }],
    ['delete /v1/sessions/{id}', `/v1/sessions/${room.sessionId}`, 204, { as: token }],
    ['get /v1/admin/nodes', '/v1/admin/nodes', 200, { as: root }],
    ['get /v1/admin/nodes', '/v1/admin/nodes', 401],
    ['get /v1/admin/nodes/{id}/rooms', `/v1/admin/nodes/${matchMaker.processId}/rooms`, 200, { as: root }],
    ['get /v1/admin/nodes/{id}/rooms', '/v1/admin/nodes/nowhere/rooms', 404, { as: root }],
    ['get /v1/admin/users/{id}/sessions', '/v1/admin/users/ada/sessions', 200, { as: root }],
    ['get /v1/admin/audit', '/v1/admin/audit', 200, { as: root }],
    ['post /v1/admin/log-level', '/v1/admin/log-level', 200, { as: root, body: { level: 'silent' } }],
    ['post /v1/admin/log-level', '/v1/admin/log-level', 400, { as: root, body: { level: 'loud' } }],
    ['post /v1/admin/sessions/{id}/kick', '/v1/admin/sessions/nobody/kick', 404, { as: root, body: {} }],
    ['post /v1/admin/users/{id}/revoke', '/v1/admin/users/carl/revoke', 200, { as: root, body: {} }],
    ['post /v1/admin/rooms/{id}/move', '/v1/admin/rooms/nowhere/move', 404, { as: root, body: {} }],
    ['post /v1/admin/rooms/{id}/move', '/v1/admin/rooms/nowhere/move', 400, { as: root, body: { where: 'away' } }],
    ['post /v1/admin/drain', '/v1/admin/drain', 403, { as: token }],
    ['post /v1/admin/drain', '/v1/admin/drain', 200, { as: root }],
  ];
  const named = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect([...new Set(calls.map(([operation]) => operation))].sort()).toEqual(named.sort());

  for (const [operation, path, status, { as, body } = {}] of calls) {
    const method = operation.split(' ')[0]!.toUpperCase();
    const headers: Record<string, string> = { 'Content-Type': 'application/json' };
    if (as !== undefined) headers.Authorization = `Bearer ${as}`;
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect([operation, response.status]).toEqual([operation, status]);
    const [verb, template] = operation.split(' ') as [string, string];
    const answer = document.paths[template][verb].responses[status];
    expect([operation, status, answer]).toEqual([operation, status, expect.any(Object)]);
    const text = await response.text();
    if (answer.content === undefined) {
      expect(text).toBe('');
      continue;
    }
    const pointer = ['paths', template, verb, 'responses', status, 'content', 'application/json', 'schema'];
    const inside = pointer
      .map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1'))
      .map(encodeURIComponent);
    const validate = ajv.compile({ $ref: `openapi#/${inside.join('/')}` });
    validate(JSON.parse(text));
    expect([operation, status, validate.errors]).toEqual([operation, status, null]);
  }
});
