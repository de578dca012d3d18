import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { closeNameOf, type ErrorName, errors } from '../../schema/index.ts';
import { Bystander, growth, watchProcess } from '../support/bystander.ts';
import { eventually } from '../support/eventually.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { matchmake, RawClient, Refused } from '../support/raw-client.ts';

const server = await startGatehouse({ JOIN_TIMEOUT: '1', JOINS_PER_ADDRESS: '100000' });
const faults = watchProcess();
const { counters, sessions } = server.platform;
const { limits } = server.platform.config;
const bystander = await Bystander.join(server);

let before: Record<string, number> = {};
const grown = () => growth(before, counters.all());

beforeEach(() => {
  before = counters.all();
});

afterEach(async () => {
  await bystander.isWell();
  expect(faults).toEqual([]);
  expect(sessions.size).toBe(1);
  await eventually(() => expect(server.connections.size).toBe(1));
});

let users = 0;
const anyToken = () => server.token(`http-${users++}`);

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Asserts that an answer is the catalogue's, and was counted. */
function isError({ status, headers, body }: Answer, name: ErrorName): void {
  const { code, http, retryable, message } = errors[name];
  expect({ status, ...body }).toMatchObject({ status: http, code, name, retryable, error: `${name}: ${message}` });
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(grown()[`joins_refused:${name}`]).toBe(1);
}

const bodies: Array<[string, string]> = [
  ['half of a map', '{"a":'],
  ['no JSON', 'joinOrCreate'],
  ['a text', '"world"'],
  ['a number', '7'],
  ['null', 'null'],
  ['true', 'true'],
  ['a list', '[]'],
  ['a form', 'a=1&b=2'],
  ['a zero byte', '\0'],
  ['10,000 lists in each other', '['.repeat(10_000)],
];
test.each(bodies)('BI30 a join whose body is no JSON object is INVALID_REQUEST: %s', async (_name, body) => {
  isError(await matchmake(server.url, 'joinOrCreate/world', { token: anyToken(), body }), 'INVALID_REQUEST');
});

const encodings: Array<[string, Record<string, string>]> = [
  ['an unknown charset', { 'Content-Type': 'application/json; charset=nope' }],
  ['an unknown compression', { 'Content-Encoding': 'nope' }],
  ['a compression that it is not', { 'Content-Encoding': 'gzip' }],
];
test.each(encodings)('BI30 a join whose body is no JSON object is INVALID_REQUEST: %s', async (_name, headers) => {
  isError(await matchmake(server.url, 'joinOrCreate/world', { token: anyToken(), headers }), 'INVALID_REQUEST');
});

test('BI31 a body beyond MAX_PAYLOAD is PAYLOAD_TOO_LARGE', async () => {
  const body = JSON.stringify({ pad: 'x'.repeat(limits.payloadBytes) });
  isError(await matchmake(server.url, 'joinOrCreate/world', { token: anyToken(), body }), 'PAYLOAD_TOO_LARGE');
});

test('BI31 a body beyond MAX_PAYLOAD is PAYLOAD_TOO_LARGE: what a small one unpacks to', async () => {
  const packed = gzipSync(JSON.stringify({ pad: 'x'.repeat(10_000_000) }));
  expect(packed.byteLength).toBeLessThan(limits.payloadBytes);
  const response = await fetch(`${server.url}/matchmake/joinOrCreate/world`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip', Authorization: `Bearer ${anyToken()}` },
    body: packed,
  });
  const { status, headers } = response;
  isError({ status, headers, body: (await response.json()) as Record<string, unknown> }, 'PAYLOAD_TOO_LARGE');
});

const targets: Array<[string, string]> = [
  ['an unknown method', 'nope/world'],
  ['a method of an object', 'toString/world'],
  ['__proto__ as method', '__proto__/world'],
  ['a method of the matchmaker that is not for clients', 'createRoom/world'],
  ['a way out of the folder as method', '..%2f..%2fetc/world'],
  ['an unknown room', 'joinOrCreate/nope'],
  ['a room in other letters', 'joinOrCreate/World'],
  ['__proto__ as room', 'joinOrCreate/__proto__'],
  ['constructor as room', 'create/constructor'],
  ['a way out of the folder as room', 'joinOrCreate/..%2f..%2f..%2fetc%2fpasswd'],
  ['a zero byte in the room', 'joinOrCreate/world%00'],
  ['a long room', `joinOrCreate/${'x'.repeat(5_000)}`],
  ['a room id that nobody has', 'joinById/nope'],
  ['__proto__ as room id', 'joinById/__proto__'],
  ['a room id of another kind', 'joinById/%7B%22name%22%3A%22world%22%7D'],
];
test.each(targets)('BI32 a join of what is not there is NOT_FOUND: %s', async (_name, path) => {
  isError(await matchmake(server.url, path, { token: anyToken() }), 'NOT_FOUND');
});

test('BI32 a join of what is not there is NOT_FOUND: a return to no room', async () => {
  const body = '{"reconnectionToken":"secret"}';
  isError(await matchmake(server.url, 'reconnect/nope', { token: anyToken(), body }), 'NOT_FOUND');
});

const percents = ['%ff/world', 'joinOrCreate/%ff', 'joinOrCreate/%', 'joinOrCreate/%zz', '%c0%af/world'];
test.each(percents)('BI33 a path that cannot be decoded is INVALID_REQUEST: %s', async (path) => {
  isError(await matchmake(server.url, path, { token: anyToken() }), 'INVALID_REQUEST');
});

const authorizations: Array<[string, Record<string, string>, ErrorName]> = [
  ['no header', {}, 'TOKEN_MISSING'],
  ['an empty header', { Authorization: '' }, 'TOKEN_MISSING'],
  ['a scheme alone', { Authorization: 'Bearer' }, 'TOKEN_MISSING'],
  ['another scheme', { Authorization: 'Basic YWxpY2U6c2VjcmV0' }, 'TOKEN_MISSING'],
  ['a token without a scheme', { Authorization: server.token('alice') }, 'TOKEN_MISSING'],
  ['two spaces', { Authorization: `Bearer  ${server.token('alice')}` }, 'TOKEN_MISSING'],
  ['nonsense', { Authorization: 'Bearer nonsense' }, 'TOKEN_INVALID'],
  ['a long token', { Authorization: `Bearer ${'x'.repeat(10_000)}` }, 'TOKEN_INVALID'],
  ['an expired token', { Authorization: `Bearer ${server.token('alice', { ttlSeconds: -60 })}` }, 'TOKEN_EXPIRED'],
];
test.each(authorizations)(
  'BI34 a join without a good token is refused with its error: %s',
  async (_name, headers, error) => {
    for (const path of ['joinOrCreate/world', 'create/world', 'join/world']) {
      before = counters.all();
      isError(await matchmake(server.url, path, { headers }), error);
    }
  },
);

const foreign = ['https://evil.example', 'null', 'http://127.0.0.1:1', 'file://', ''];
test.each(foreign)('BI35 a foreign origin is refused for a join, its preflight and an upgrade: %j', async (origin) => {
  isError(
    await matchmake(server.url, 'joinOrCreate/world', { token: anyToken(), headers: { Origin: origin } }),
    'ORIGIN_REFUSED',
  );
  const preflight = await fetch(`${server.url}/matchmake/joinOrCreate/world`, {
    method: 'OPTIONS',
    headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
  });
  expect(preflight.status).toBe(errors.ORIGIN_REFUSED.http);
  expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  const refused = await RawClient.connect(server.url, '/a/b?sessionId=c', { headers: { Origin: origin } }).catch(
    (e) => e,
  );
  expect(refused).toBeInstanceOf(Refused);
  expect(refused.status).toBe(errors.ORIGIN_REFUSED.http);
  expect(JSON.parse(refused.body)).toMatchObject({ name: 'ORIGIN_REFUSED', code: errors.ORIGIN_REFUSED.code });
  expect(grown()['upgrades_refused:ORIGIN_REFUSED']).toBe(1);
});

const options: Array<[string, string]> = [
  ['toJSON', '{"toJSON":1}'],
  ['__proto__', '{"__proto__":{"polluted":true}}'],
  ['constructor', '{"constructor":{"prototype":{"polluted":true}}}'],
  ['the names of a listing', '{"roomId":"x","processId":"x","locked":true,"private":true,"maxClients":0,"clients":-1}'],
  ['a session id', `{"sessionId":"${bystander.room.sessionId}","auth":{"role":"admin"}}`],
];
test.each(options)('BI36 the options of a join are data, whatever their names: %s', async (_name, body) => {
  for (const method of ['create', 'joinOrCreate', 'join']) {
    const answer = await matchmake(server.url, `${method}/world`, { token: anyToken(), body });
    expect(answer.status).toBe(200);
    expect(answer.body.sessionId).not.toBe(bystander.room.sessionId);
  }
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

/** `merge` of Colyseus calls `hasOwnProperty` of what the client sent. Taken or refused: it is no fault of the server. */
test('BI36 the options of a join are data, whatever their names: hasOwnProperty', async () => {
  for (const method of ['create', 'joinOrCreate', 'join']) {
    const body = '{"hasOwnProperty":1}';
    expect((await matchmake(server.url, `${method}/world`, { token: anyToken(), body })).status).toBeLessThan(500);
  }
});

/** The room id is right each time, so that the token is looked at. */
const secrets: Array<[string, string, ErrorName]> = [
  ['a wrong one', '{"reconnectionToken":"wrong"}', 'SEAT_EXPIRED'],
  ['__proto__', '{"reconnectionToken":"__proto__"}', 'SEAT_EXPIRED'],
  ['a session id', `{"reconnectionToken":"${bystander.room.sessionId}"}`, 'SEAT_EXPIRED'],
  ['none', '{}', 'INVALID_REQUEST'],
  ['an empty one', '{"reconnectionToken":""}', 'INVALID_REQUEST'],
  ['null', '{"reconnectionToken":null}', 'INVALID_REQUEST'],
  ['a number', '{"reconnectionToken":7}', 'INVALID_REQUEST'],
  ['true', '{"reconnectionToken":true}', 'INVALID_REQUEST'],
  ['a list', '{"reconnectionToken":["wrong"]}', 'INVALID_REQUEST'],
  ['a map', '{"reconnectionToken":{}}', 'INVALID_REQUEST'],
  ['a map that is no text', '{"reconnectionToken":{"toString":1,"valueOf":1}}', 'INVALID_REQUEST'],
];
test.each(secrets)(
  'BI37 a return without a good secret is refused with its error, and hurts nobody: %s',
  async (_name, body, error) => {
    const answer = await matchmake(server.url, `reconnect/${bystander.room.roomId}`, { token: anyToken(), body });
    isError(answer, error);
  },
);

const devRequests: Array<[string, string | undefined, ErrorName]> = [
  ['half of a map', '{"name":', 'INVALID_REQUEST'],
  ['too large', JSON.stringify({ name: 'x'.repeat(3_000) }), 'PAYLOAD_TOO_LARGE'],
  ['no body', undefined, 'INVALID_PARAMS'],
  ['no name', '{}', 'INVALID_PARAMS'],
  ['an empty name', '{"name":" "}', 'INVALID_PARAMS'],
  ['a long name', JSON.stringify({ name: 'x'.repeat(33) }), 'INVALID_PARAMS'],
  ['a name that is a map', '{"name":{}}', 'INVALID_PARAMS'],
  ['a role', '{"name":"Eve","role":"admin"}', 'INVALID_PARAMS'],
  ['a list', '[]', 'INVALID_REQUEST'],
];
test.each(devRequests)(
  'BI38 a bad request for a development token is answered from the catalogue: %s',
  async (_name, body, error) => {
    const response = await fetch(`${server.url}/v1/dev/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    const text = await response.text();
    expect(text).not.toMatch(/node_modules|<html/);
    expect(response.status).toBe(errors[error].http);
    expect(JSON.parse(text)).toMatchObject({ name: error, code: errors[error].code });
  },
);

const places: Array<[string, string, number]> = [
  ['GET', '/nowhere', 404],
  ['GET', '/%ff', 404],
  ['GET', '/..%2f..%2fpackage.json', 404],
  ['GET', '/%2e%2e/%2e%2e/etc/passwd', 404],
  ['GET', '/assets/..%2f..%2fpackage.json', 404],
  ['GET', '/matchmake/joinOrCreate/world', 404],
  ['DELETE', '/matchmake/joinOrCreate/world', 404],
  ['POST', '/matchmake', 404],
  ['POST', '/matchmake/joinOrCreate/world/more', 404],
  ['PUT', '/health/live', 404],
  ['GET', '/monitor', 401],
  ['GET', '/monitor/%ff', 401],
  ['GET', '/monitor?token=nonsense', 401],
  ['GET', '/monitor?token[]=a&token[]=b', 401],
];
test.each(places)(
  'BI39 what is not there, or not for everybody, is answered from the catalogue: %s %s',
  async (method, path, status) => {
    const answer = await http(
      `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { code: number };
    expect(Object.values(errors).map(({ code }) => code)).toContain(body.code);
  },
);

const noHttp: Array<[string, string]> = [
  ['noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['a line without a version', 'GET /\r\n\r\n'],
  ['an unknown version', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n'],
  ['an unknown method', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['no host in an upgrade', 'GET /a/b HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'],
  ['a space in the path', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['a long header', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
  ['a long path', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ['3,000 headers', `GET / HTTP/1.1\r\nHost: x\r\n${'X: 1\r\n'.repeat(3_000)}\r\n`],
  ['a header with a zero byte', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n'],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['a length below zero', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
  [
    'length and chunks',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a broken chunk', 'POST /matchmake/create/world HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ['an upgrade to something else', 'GET /a/b HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n'],
  ['an upgrade without a key', upgrade('/a/b', 'Sec-WebSocket-Version: 13\r\n')],
  ['an upgrade with a short key', upgrade('/a/b', 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n')],
  [
    'an upgrade of an old version',
    upgrade('/a/b', `Sec-WebSocket-Version: 7\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n`),
  ],
  ['an upgrade by POST', upgrade('/a/b', '').replace('GET', 'POST')],
];
test.each(noHttp)(
  'BI40 what is no HTTP is answered with a 4xx or a 5xx of its own and costs nobody else: %s',
  async (_name, request) => {
    expect(await http(request)).toMatch(/^HTTP\/1.1 [45]\d\d /);
  },
);

function upgrade(path: string, headers: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`;
}

/** What comes back until the server closes. */
function http(request: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.write(request, 'latin1'));
    socket.setEncoding('latin1');
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('error', () => {}); // A reset is an end as well.
    socket.on('close', () => resolve(answer));
  });
}

const paths = [
  '/',
  '//',
  '///a//b',
  '/?',
  '/%ff',
  '/%',
  '/%zz/%zz',
  '/a/b',
  '/a/b?sessionId=%',
  '/a/b?sessionId=x&sessionId=y',
  '/a/b?sessionId=x&reconnectionToken=y&_authToken=z',
  '/a/__proto__?sessionId=__proto__&reconnectionToken=__proto__',
  '/a/constructor?sessionId=constructor',
  '/../../etc/passwd',
  '/a/b/../../c?sessionId=x',
  '/a/b#fragment',
  '/\\..\\..\\a',
  `/${'a'.repeat(14_000)}`,
  `/${'a/'.repeat(7_000)}`,
  `/a/b?${'sessionId=x&'.repeat(1_000)}`,
  'http://evil.example/a/b?sessionId=x',
  '@evil.example/a/b?sessionId=x',
  ':99999/a/b?sessionId=x',
  '[/a/b',
  '*',
];
test.each(paths)('BI41 an upgrade to nowhere is refused or ended with a code of the catalogue: %s', async (path) => {
  const outcome = await RawClient.connect(server.url, path).catch((error) => error);
  if (outcome instanceof RawClient) {
    const { code } = await outcome.closed;
    expect(closeNameOf(code)).toMatch(/^(JOIN_TIMEOUT|BAD_MESSAGE|SEAT_GONE|NORMAL)$/);
    // What is said on the way is for a client's developer: nothing of the inside.
    expect(JSON.stringify(outcome.received)).not.toMatch(/is not a function|undefined|node_modules/);
    await eventually(() => expect(grown()[`connections_closed:${code}`]).toBe(1));
  } else {
    expect(outcome).toBeInstanceOf(Refused);
    expect(outcome.status).toBeGreaterThanOrEqual(400);
    expect(outcome.status).toBeLessThan(500);
  }
});

/** A socket that is upgraded is no longer the HTTP server's: none of its timeouts looks at it. */
test('BI43 a refused upgrade ends its socket, also when the client does not end its half', async () => {
  const count = () => new Promise<number>((resolve) => server.server.getConnections((_error, n) => resolve(n)));
  const own = await count();
  const request = upgrade('/a/b', 'Origin: https://evil.example\r\nSec-WebSocket-Version: 13\r\n');
  const sockets = Array.from({ length: 10 }, () => {
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(request));
    socket.on('error', () => {});
    return socket.resume();
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await eventually(() => expect(grown()['upgrades_refused:ORIGIN_REFUSED']).toBe(sockets.length));
  await eventually(async () => expect(await count()).toBeLessThanOrEqual(own));
});

test('BI42 headers and requests that come slowly are bounded in time', () => {
  expect(server.server.headersTimeout).toBeGreaterThan(0);
  expect(server.server.headersTimeout).toBeLessThanOrEqual(15_000);
  expect(server.server.requestTimeout).toBeGreaterThan(0);
  expect(server.server.requestTimeout).toBeLessThanOrEqual(30_000);
});
