import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { afterAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Authority } from '../support/authority.ts';
import { Balancer, freeAddress } from '../support/balancer.ts';
import { eventually } from '../support/eventually.ts';
import { StandIn } from '../support/stand-in.ts';

const balancers = ['nginx', 'haproxy'] as const;
const authority = new Authority('balancers');
const certificate = authority.certificate();
const ca = readFileSync(authority.caFile);

/** A balancer in front of two, which ends with the file. */
async function setUp(name: (typeof balancers)[number], scheme: 'http' | 'https') {
  const [one, two, address] = [await StandIn.start(), await StandIn.start(), await freeAddress()];
  const tls = scheme === 'https' ? certificate : undefined;
  const balancer = await Balancer[name]({ address, nodes: [one.address, two.address], tls });
  const front = { one, two, balancer, url: `${scheme}://${address}` };
  afterAll(async () => {
    await balancer.clear();
    one.stop();
    two.stop();
  });
  // HAProxy sends nothing to a node before it has seen it well.
  await eventually(async () => expect(await ask(front, '/', { method: 'GET' })).toBe(200));
  return front;
}

/** From an address of this machine that nobody else has. Resolves with the status. */
async function ask(
  { url }: { url: string },
  path: string,
  { method = 'POST', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<number> {
  const options = { method, headers, localAddress: '127.0.0.77', agent: false } as const;
  const asking = url.startsWith('https:') ? request(url + path, { ...options, ca }) : plainRequest(url + path, options);
  asking.end(method === 'POST' ? '{"a":1}' : undefined);
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode!;
}

const plain = { nginx: await setUp('nginx', 'http'), haproxy: await setUp('haproxy', 'http') };
const secured = { nginx: await setUp('nginx', 'https'), haproxy: await setUp('haproxy', 'https') };

test.each(balancers)('DP4 %s tells a node who asks, by which name and how, whatever the client says', async (name) => {
  for (const [scheme, other, front] of [
    ['http', 'https', plain[name]],
    ['https', 'http', secured[name]],
  ] as const) {
    const headers = { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': other, Host: 'localhost:8443' };
    for (const path of ['/', '/n1/a/b', '/matchmake/joinOrCreate/world']) {
      await ask(front, path, { headers });
      const asked = [...front.one.asked, ...front.two.asked].findLast(({ url }) => url === path)!;
      expect(asked.headers['x-forwarded-for']).toMatch(/(^|, ?)127\.0\.0\.77$/);
      expect(asked.headers['x-forwarded-proto']).toBe(scheme);
      expect(asked.headers.host).toBe('localhost:8443');
    }
  }
});

test.each(balancers)('DP4 %s takes WebSockets to the node that their path names, over TLS, too', async (name) => {
  for (const front of [plain[name], secured[name]]) {
    for (const [path, node] of [
      ['/n1/room?a=1', front.one],
      ['/n2/room?a=1', front.two],
    ] as const) {
      const socket = new WebSocket(front.url.replace('http', 'ws') + path, { ca });
      await once(socket, 'open');
      socket.send('there and back');
      expect(String((await once(socket, 'message'))[0])).toBe('there and back');
      socket.close();
      expect(node.asked.at(-1)).toMatchObject({ url: path });
    }
  }
});

test.each([
  ['nginx', 'ends its connection', 'cut'],
  ['nginx', 'is not ready', { status: 503 }],
  ['haproxy', 'ends its connection', 'cut'],
  ['haproxy', 'is not ready', { status: 503 }],
] as const)(
  'DP5 %s gives a join to the next node, with all that it carries, when one %s',
  async (name, _what, answer) => {
    const { one, two } = plain[name];
    one.answer = answer;
    const before = [one, two].map(({ asked }) => asked.length);
    let joins = 0;
    // nginx leaves a node that failed alone for a while, so until it was its turn, and a few more.
    for (let more = 5; more > 0; joins++) {
      expect(await ask(plain[name], '/matchmake/create/world')).toBe(200);
      if (one.asked.length > before[0]!) more--;
    }
    one.answer = { status: 200 };
    const taken = two.asked.slice(before[1]);
    expect(taken).toHaveLength(joins);
    for (const { body } of taken) expect(body).toBe('{"a":1}');
    // That it took no joins is no reason to send it nothing else.
    const others = one.asked.length;
    for (let i = 0; i < 4; i++) await ask(plain[name], '/', { method: 'GET' });
    expect(one.asked.length).toBe(others + 2);
  },
);

test.each(balancers)('DP5 %s hands on what a node says when none takes a join', async (name) => {
  const { one, two } = plain[name];
  one.answer = two.answer = { status: 503 };
  for (let i = 0; i < 5; i++) expect(await ask(plain[name], '/matchmake/create/world')).toBe(503);
  one.answer = two.answer = { status: 200 };
  expect(await ask(plain[name], '/matchmake/create/world')).toBe(200);
});

test.each(balancers)('DP5 %s does nothing twice that is no join', async (name) => {
  const { one, two } = plain[name];
  one.answer = two.answer = 'cut';
  const before = one.asked.length + two.asked.length;
  expect(await ask(plain[name], '/v1/sessions/end')).toBe(502);
  one.answer = two.answer = { status: 200 };
  expect(one.asked.length + two.asked.length).toBe(before + 1);
});

test.each(balancers)('DP6 %s writes no token into a log, whatever fails', async (name) => {
  const front = plain[name];
  const secret = 'eyJhbGciOiJub25lIn0.secret';
  const path = `/n1/room?sessionId=s&_authToken=${secret}`;
  await ask(front, path, { method: 'GET' });
  front.one.answer = front.two.answer = 'cut';
  await ask(front, path, { method: 'GET', headers: { Referer: `http://x/?token=${secret}` } });
  front.one.stop();
  front.two.stop();
  expect(await ask(front, path, { method: 'GET' })).toBeGreaterThanOrEqual(502);
  await front.balancer.end();
  const logs = front.balancer.logs(...(name === 'nginx' ? ['access.log', 'error.log'] : []));
  if (name === 'nginx') expect(logs).toContain('"GET /n1/room" 502');
  expect(logs).not.toContain('secret');
  expect(logs).not.toContain('eyJ');
});
