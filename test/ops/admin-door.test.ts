import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { errors } from '../../schema/index.ts';
import { Bystander, growth, watchProcess } from '../support/bystander.ts';
import { startGatehouse } from '../support/gatehouse.ts';

const OTHER_PORT = 'http://127.0.0.1:1';
const server = await startGatehouse({
  JOINS_PER_ADDRESS: '100000',
  ALLOWED_ORIGINS: OTHER_PORT,
  METRICS_TOKEN: 'the-metrics-token-of-this-test',
});
const faults = watchProcess();
const bystander = await Bystander.join(server);
const { counters } = server.platform;
const token = server.token('olga', { role: 'admin' });
const cookie = { cookie: `gatehouse_admin=${token}` };
const bearer = { authorization: `Bearer ${token}` };
const level = { method: 'POST', path: '/v1/admin/log-level', body: '{"level":"info"}' };

/** As it is: `fetch` sets headers of its own, and makes paths tidy. */
function ask(
  { method = 'GET', path, body = '' }: { method?: string; path: string; body?: string },
  headers: Record<string, string>,
): Promise<{ status: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const asked = request({ host: '127.0.0.1', port: server.port, method, path, headers, agent: false }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    response.on('end', () => resolve({ status: response.statusCode!, body: text }));
  });
  asked.on('error', reject).end(body);
  return promise;
}

test('AD7 the cookie of an admin is good for pages of this very server only', async () => {
  const own = { origin: server.url, 'sec-fetch-site': 'same-origin' };
  const neighbours: Array<Record<string, string>> = [
    { origin: OTHER_PORT, 'sec-fetch-site': 'same-site' },
    // An older browser, which says no more.
    { origin: OTHER_PORT },
    // A form or a picture: there are none of it in a GET.
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
  ];
  const call = { path: '/monitor/api/room/call?roomId=nope&method=disconnect&args=[]' };
  for (const headers of neighbours) {
    for (const asked of [level, call, { path: '/v1/admin/audit' }]) {
      const { status, body } = await ask(asked, { ...cookie, ...headers });
      expect({ status, body: JSON.parse(body) }).toMatchObject({ status: 403, body: { name: 'ORIGIN_REFUSED' } });
    }
  }
  expect((await ask(level, { ...cookie, ...own })).status).toBe(200);
  expect((await ask({ path: '/monitor/' }, { ...cookie, 'sec-fetch-site': 'none' })).status).toBe(200);
  // Who has the token itself needs no cookie.
  expect((await ask(level, { ...bearer, ...neighbours[0] })).status).toBe(200);
});

test('AD8 who is turned away from what is for admins is counted, and answered from the catalogue', async () => {
  const player = server.token('ada');
  const late = server.token('olga', { role: 'admin', ttlSeconds: -60 });
  const doors: Array<[Record<string, string>, keyof typeof errors]> = [
    [{}, 'TOKEN_MISSING'],
    [{ authorization: `Bearer ${player}` }, 'FORBIDDEN'],
    [{ cookie: `gatehouse_admin=${player}` }, 'FORBIDDEN'],
    [{ authorization: `Bearer ${late}` }, 'TOKEN_EXPIRED'],
    [{ authorization: 'Bearer a.b.c' }, 'TOKEN_INVALID'],
    [{ ...bearer, origin: 'https://evil.example' }, 'ORIGIN_REFUSED'],
  ];
  for (const path of ['/v1/admin/nodes', '/monitor/api']) {
    for (const [headers, name] of doors) {
      const before = counters.all();
      const { status, body } = await ask({ path }, headers);
      const { code, http, retryable } = errors[name];
      expect({ status, ...JSON.parse(body) }).toMatchObject({ status: http, code, name, retryable });
      expect(growth(before, counters.all())[`admin_refused:${name}`]).toBe(1);
    }
  }
  const before = counters.all();
  expect((await ask({ path: '/metrics' }, { authorization: 'Bearer guess' })).status).toBe(403);
  expect(growth(before, counters.all())['requests_refused:FORBIDDEN']).toBe(1);
});

const ids = ['constructor', '__proto__', '%00', '%F0%9F%98%80', '..%2F..%2Fetc', '%0d%0aSet-Cookie:a=b', '%zz', '*'];
const bodies = [
  '[]',
  'null',
  '"x"',
  '{',
  '{"__proto__":1,"x":1}',
  '['.repeat(4_000),
  `{"node":"${'x'.repeat(5_000)}"}`,
];
test('AD8 whatever admins send, it is answered from the catalogue, counted, and costs nobody else', async () => {
  onTestFinished(() => expect(faults).toEqual([]));
  const asked = [
    ...[...ids, 'x'.repeat(10_000)].flatMap((id) => [
      { path: `/v1/admin/nodes/${id}/rooms` },
      { method: 'POST', path: `/v1/admin/rooms/${id}/move` },
      { method: 'POST', path: `/v1/admin/sessions/${id}/kick` },
      { path: `/monitor/api/room?roomId=${id}` },
    ]),
    ...['constructor', '__proto__', 'toString'].map((id) => ({
      path: `/monitor/api/room/call?roomId=${id}&method=constructor&args=["1"]`,
    })),
    ...bodies.flatMap((body) =>
      ['log-level', 'drain', 'users/zoe/revoke', 'rooms/r/move'].map((to) => ({
        method: 'POST',
        path: `/v1/admin/${to}`,
        body,
      })),
    ),
  ];
  const before = counters.all();
  const answers = await Promise.all(asked.map((one) => ask(one, bearer)));
  answers.forEach(({ status, body }, i) => {
    const { path } = asked[i]!;
    if (path.startsWith('/monitor/api/room?')) return;
    expect({ status, body }, path).toMatchObject({ status: expect.toSatisfy((code) => code >= 400 && code < 500) });
    expect(Object.keys(errors), path).toContain(JSON.parse(body).name);
  });
  const ours = asked.filter(({ path }) => path.startsWith('/v1/'));
  const counted = Object.entries(growth(before, counters.all())).filter(([name]) => name.startsWith('admin_refused'));
  expect(counted.reduce((sum, [, value]) => sum + value, 0)).toBe(ours.length);
  expect(JSON.stringify(server.lines)).not.toContain(token);
  await bystander.isWell();
});
