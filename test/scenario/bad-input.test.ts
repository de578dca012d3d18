import type { Socket } from 'node:net';
import { pack } from 'msgpackr';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { closeCodes, type ErrorName, errors, RPC_MESSAGE } from '../../schema/index.ts';
import { Bystander, growth, watchProcess } from '../support/bystander.ts';
import { eventually } from '../support/eventually.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { dataFrame, FRAME, RawClient, requestFrame, rpcFrame, TIMED } from '../support/raw-client.ts';

const server = await startGatehouse();
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
  expect(grown().room_errors).toBeUndefined();
});

let players = 0;
/** A player of its own for each case, seated and answered. */
async function join(): Promise<RawClient> {
  const client = await RawClient.join(server.url, server.token(`bad-${players++}`));
  // Those who stay would in time stand between the bystander and the next one: it sees the nearest fifty.
  onTestFinished(() => void sessions.end(client.sessionId, 'KICKED'));
  await client.settled();
  return client;
}

/** Asserts that the client was closed with `name`, its session with it or not, and that it was counted. */
async function ended(client: RawClient, name: keyof typeof closeCodes, session: 'gone' | 'dropped' = 'gone') {
  const { code } = closeCodes[name];
  expect(await client.closed).toMatchObject({ code });
  await eventually(() => {
    expect(sessions.get(client.sessionId)?.state.name).toBe(session === 'gone' ? undefined : 'dropped');
    expect(bystander.sees(client.sessionId)?.connected).toBe(session === 'gone' ? undefined : false);
    expect(grown()[`connections_closed:${code}`]).toBe(1);
  });
}

const text = (value: string) => [...Buffer.from(value)];

const noProtocol: Array<[string, Uint8Array | number[] | string]> = [
  ['an empty frame', []],
  ['a first byte of zero', [0]],
  ['a first byte that nobody uses', [9, 1, 2, 3]],
  ['the highest kind', [31]],
  ['the highest byte', [255, 255, 255]],
  ['an ERROR frame, which only a server sends', [FRAME.ERROR, 1, 0xa0]],
  ['a ROOM_STATE frame, which only a server sends', [FRAME.ROOM_STATE, 128, 1]],
  ['a ROOM_STATE_PATCH frame, which only a server sends', [FRAME.ROOM_STATE_PATCH, 128, 1]],
  ['a ROOM_RESPONSE frame, which only a server sends', [FRAME.ROOM_RESPONSE, 1, 0]],
  ['a text frame', 'hello'],
  ['an empty text frame', ''],
  // Its first letters are, in their low five bits, the kinds of frames.
  ['a text frame that begins like JOIN_ROOM', 'Join me'],
  ['a text frame that begins like ROOM_DATA', 'message'],
  ['a text frame with JSON-RPC in it', '{"jsonrpc":"2.0","id":1,"method":"system.ping"}'],
  ['a text frame that is a frame', '\r\xa3rpc'],
];
test.each(noProtocol)('BI1 a frame that is no protocol ends its session with 4403: %s', async (_name, frame) => {
  const client = await join();
  client.send(frame);
  await ended(client, 'PROTOCOL_ERROR');
  expect(grown()['frames_refused:protocol']).toBe(1);
});

const unreadable: Array<[string, Uint8Array]> = [
  ['a list that is cut off', Uint8Array.of(0xdc, 0, 5, 1)],
  ['a text that is cut off', Uint8Array.of(0xd9, 200, 65)],
  ['a length of four gigabytes', Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)],
  ['a map of four gigabytes', Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff)],
  ['a text of four gigabytes', Uint8Array.of(0xdb, 0xff, 0xff, 0xff, 0xff)],
  ['bytes of four gigabytes', Uint8Array.of(0xc6, 0xff, 0xff, 0xff, 0xff)],
  ['lists of sixteen million in each other', nested([0xdd, 0x00, 0xff, 0xff, 0xff], 3_000)],
  ['bytes after the end', Uint8Array.of(1, 2, 3)],
  ['an unknown extension', Uint8Array.of(0xd4, 0x55, 1)],
  ['a map with a list as key', Uint8Array.of(0x81, 0x91, 1, 1)],
  ['a record without fields', Uint8Array.of(0xd4, 0x72, 0x40, 1)],
  ['a pointer to nothing', Uint8Array.of(0xd6, 0x70, 0, 0, 0, 9)],
  ['strings that are said to lie elsewhere', Uint8Array.of(0xd6, 0x62, 0xff, 0xff, 0xff, 0xf0, 1)],
  ['16,000 lists in each other', nested([0x91], 16_000)],
  ['8,000 maps in each other', nested([0x81, 0xa0], 8_000)],
];
test.each(unreadable)('BI2 a message that cannot be decoded ends its session with 4002: %s', async (_name, payload) => {
  const client = await join();
  client.send(dataFrame('rpc', payload));
  await ended(client, 'BAD_MESSAGE');
});

function nested(level: number[], times: number): Uint8Array {
  return Uint8Array.from([...Array.from({ length: times }, () => level).flat(), 0xc0].slice(0, 16_300));
}

const headless: Array<[string, number[]]> = [
  ['no type', [FRAME.ROOM_DATA]],
  ['half of a number', [FRAME.ROOM_DATA, 0xcd, 1]],
  ['a text of no length', [FRAME.ROOM_DATA, 0xd9]],
  ['a text of half a length', [FRAME.ROOM_DATA, 0xda, 1]],
  ['a text of four gigabytes', [FRAME.ROOM_DATA, 0xdb, 255, 255, 255, 255]],
  ['a text longer than the frame', [FRAME.ROOM_DATA, 0xbf, ...text('abc')]],
  ['half of a letter', [FRAME.ROOM_DATA, 0xa3, 0xf0, 0x9f, 0x98]],
  ['no letters', [FRAME.ROOM_DATA, 0xa3, 0xff, 0xfe, 0xfd]],
  ['a byte that is no type', [FRAME.ROOM_DATA, 0xc1]],
  ['bytes without a type', [FRAME.ROOM_DATA_BYTES]],
  ['bytes with half a type', [FRAME.ROOM_DATA_BYTES, 0xd9]],
];
test.each(headless)('BI3 a message with a broken type is a message of an unknown type: %s', async (_name, frame) => {
  const client = await join();
  client.send(frame);
  expect(await client.until('error')).toMatchObject({ code: errors.UNKNOWN_MESSAGE.code });
  await client.settled();
  expect(grown().messages_unknown).toBe(1);
});

const unknown: Array<[string, Uint8Array]> = [
  ['a name', dataFrame('nope', pack({ a: 1 }))],
  ['a number', dataFrame(42, pack(1))],
  ['a fraction', dataFrame(1.5)],
  ['a huge name', dataFrame('x'.repeat(16_000))],
  ['an empty name', dataFrame('')],
  ['__proto__', dataFrame('__proto__', pack(1))],
  ['constructor', dataFrame('constructor', pack(1))],
  ['hasOwnProperty', dataFrame('hasOwnProperty', pack(1))],
  ['the name of all others', dataFrame('*', pack(1))],
  ['rpc in capitals', dataFrame('RPC', pack(1))],
  ['bytes of a known name', Uint8Array.from([FRAME.ROOM_DATA_BYTES, 0xa3, ...text('rpc'), 1, 2])],
];
test.each(unknown)(
  'BI4 a message of an unknown type is told with an ERROR frame, and the session stays: %s',
  async (_name, frame) => {
    const client = await join();
    client.send(frame);
    expect(await client.until('error')).toEqual({
      kind: 'error',
      code: errors.UNKNOWN_MESSAGE.code,
      message: `UNKNOWN_MESSAGE: ${errors.UNKNOWN_MESSAGE.message}`,
    });
    await client.settled();
    expect(grown().messages_unknown).toBe(1);
  },
);

test('BI5 too many messages of unknown types end their session with 4404', async () => {
  const client = await join();
  for (let i = 0; i < 40; i++) client.send(dataFrame(`nope-${i}`));
  await ended(client, 'TOO_MANY_ERRORS');
  expect(client.received.filter(({ kind }) => kind === 'error').length).toBeGreaterThanOrEqual(20);
  expect(grown().messages_unknown).toBeGreaterThan(20);
});

/**
 * Colyseus answers a request of an unknown type itself, with a text of its own
 * that repeats the type, and the room does not hear of it: neither strike nor
 * counter.
 */
test('BI6 requests of unknown types are refused, counted and bounded as messages are', async () => {
  const client = await join();
  client.send(requestFrame(1, 'nope', pack({ a: 1 })));
  expect(await client.until('response')).toMatchObject({ id: 1, status: 2 });
  await client.settled();
  expect(grown().messages_unknown).toBe(1);
  for (let i = 0; i < 40; i++) client.send(requestFrame(i, 'nope'));
  await ended(client, 'TOO_MANY_ERRORS');
});

test('BI6 requests of unknown types are refused, counted and bounded: the answer does not repeat what came', async () => {
  const client = await join();
  client.send(requestFrame(1, 'x'.repeat(10_000)));
  const { payload } = await client.until('response');
  expect(JSON.stringify(payload).length).toBeLessThan(1_000);
  expect(JSON.stringify(payload)).not.toContain('onMessage');
});

test('BI7 a request that cannot be decoded is refused without a word of the inside, and counted', async () => {
  const client = await join();
  client.send(requestFrame(1, 'rpc', Uint8Array.of(0xdc)));
  // Answered or ended, both would do; not in silence.
  const told = await Promise.race([client.until('response').catch(() => client.closed), client.closed]);
  expect(JSON.stringify(told)).not.toMatch(/DataView|RangeError|node_modules/);
  await eventually(() => expect(Object.keys(grown()).join()).toMatch(/refused|unknown|rpc_errors|closed/));
});

test('BI8 an oversized frame ends its session with 1009', async () => {
  const client = await join();
  const payload = new Uint8Array(limits.payloadBytes + 1);
  payload[0] = FRAME.ROOM_DATA;
  client.send(payload);
  await ended(client, 'MESSAGE_TOO_BIG');
});

test('BI8 an oversized frame ends its session with 1009: in pieces', async () => {
  const client = await join();
  for (let i = 0; i < 5; i++) client.socket.send(new Uint8Array(limits.payloadBytes / 4), { fin: false });
  await ended(client, 'MESSAGE_TOO_BIG');
});

test('BI8 an oversized frame ends its session with 1009: the largest one is still read', async () => {
  const client = await join();
  const frame = rpcFrame({ jsonrpc: '2.0', id: 1, method: 'system.ping', pad: 'x'.repeat(limits.payloadBytes) });
  const excess = frame.byteLength - limits.payloadBytes;
  const pad = 'x'.repeat(limits.payloadBytes - excess);
  const largest = rpcFrame({ jsonrpc: '2.0', id: 1, method: 'system.ping', pad });
  expect(largest.byteLength).toBe(limits.payloadBytes);
  client.send(largest);
  expect(await client.answer()).toMatchObject({ id: 1, result: {} });
});

const ping = (id: number) => ({ jsonrpc: '2.0', id, method: 'system.ping' });

const batches: Array<[string, unknown[]]> = [
  ['one more than the limit', Array.from({ length: limits.batch + 1 }, (_, id) => ping(id))],
  ['10,000 entries', new Array(10_000).fill(0)],
];
test.each(batches)('BI9 a batch beyond the limit is refused as a whole: %s', async (_name, batch) => {
  const client = await join();
  client.send(rpcFrame(batch));
  const { code } = errors.BATCH_TOO_LARGE;
  expect(await client.answer()).toMatchObject({ id: null, error: { code, data: { limit: limits.batch } } });
  await client.settled();
  expect(client.received.filter((frame) => frame.kind === 'message' && frame.type === RPC_MESSAGE)).toEqual([]);
  expect(grown()['rpc_errors:BATCH_TOO_LARGE']).toBe(1);
});

test('BI9 a batch beyond the limit is refused as a whole: one at the limit is answered', async () => {
  const client = await join();
  client.send(rpcFrame(Array.from({ length: limits.batch }, (_, id) => ping(id))));
  const answers = await client.answer(Array.isArray);
  expect(answers.map(({ id }: { id: number }) => id)).toEqual(Array.from({ length: limits.batch }, (_, id) => id));
});

const deep = (times: number, make: (inner: unknown) => unknown) => {
  let value: unknown = 0;
  for (let i = 0; i < times; i++) value = make(value);
  return value;
};
const depths: Array<[string, unknown, ErrorName, unknown]> = [
  ['lists', deep(1_000, (inner) => [inner]), 'INVALID_REQUEST', null],
  ['maps', deep(1_000, (inner) => ({ a: inner })), 'INVALID_REQUEST', null],
  ['lists as params', { ...ping(5), params: deep(1_000, (inner) => [inner]) }, 'INVALID_PARAMS', 5],
  ['maps as params', { ...ping(5), params: deep(1_000, (inner) => ({ echo: inner })) }, 'INVALID_PARAMS', 5],
  ['maps as an id', { ...ping(5), id: deep(1_000, (inner) => ({ id: inner })) }, 'INVALID_REQUEST', null],
  ['maps as a method', { ...ping(5), method: deep(1_000, (inner) => ({ id: inner })) }, 'INVALID_REQUEST', 5],
];
test.each(depths)('BI10 deep nesting is refused like any wrong value: %s', async (_name, value, error, id) => {
  const client = await join();
  client.send(rpcFrame(value));
  const answer = await client.answer();
  expect(Array.isArray(answer) ? answer[0] : answer).toMatchObject({ id, error: { code: errors[error].code } });
  await client.settled();
  expect(grown()[`rpc_errors:${error}`]).toBe(1);
});

const envelopes: Array<[string, unknown, unknown]> = [
  ['nothing', undefined, null],
  ['null', null, null],
  ['a number', 7, null],
  ['true', true, null],
  ['bytes', Buffer.from(JSON.stringify(ping(1))), null],
  ['a date', new Date(0), null],
  ['a big number', 2n ** 63n, null],
  ['an empty batch', [], null],
  ['an empty map', {}, null],
  ['no version', { id: 1, method: 'system.ping' }, 1],
  ['version 1.0', { ...ping(1), jsonrpc: '1.0' }, 1],
  ['a version that is a number', { ...ping(1), jsonrpc: 2 }, 1],
  ['a method that is a number', { ...ping(1), method: 1 }, 1],
  ['a method that is null', { ...ping(1), method: null }, 1],
  ['a method that is a list', { ...ping(1), method: ['system.ping'] }, 1],
  ['a method of 129 letters', { ...ping(1), method: 'm'.repeat(129) }, 1],
  ['params that are null', { ...ping(1), params: null }, 1],
  ['params that are a text', { ...ping(1), params: 'echo' }, 1],
  ['params that are a number', { ...ping(1), params: 1 }, 1],
  ['params that are true', { ...ping(1), params: true }, 1],
  ['an id that is a map', { ...ping(1), id: {} }, null],
  ['an id that is a list', { ...ping(1), id: [1] }, null],
  ['an id that is true', { ...ping(1), id: true }, null],
  ['an id that is NaN', { ...ping(1), id: Number.NaN }, null],
  ['an id that is infinite', { ...ping(1), id: Number.POSITIVE_INFINITY }, null],
  ['an id of 65 letters', { ...ping(1), id: 'i'.repeat(65) }, null],
  ['an id that is a big number', { ...ping(1), id: 2n ** 60n }, null],
  ['an error that is no error', { jsonrpc: '2.0', id: 1, error: 'no' }, 1],
  ['a result and an error', { jsonrpc: '2.0', id: 1, result: 1, error: { code: 1, message: '' } }, 1],
];
test.each(envelopes)(
  'BI11 what is no JSON-RPC envelope is INVALID_REQUEST, and the session stays: %s',
  async (_name, value, id) => {
    const client = await join();
    client.send(rpcFrame(value));
    expect(await client.answer()).toMatchObject({ id, error: { code: errors.INVALID_REQUEST.code } });
    await client.settled();
    expect(grown()['rpc_errors:INVALID_REQUEST']).toBe(1);
  },
);

const wrongParams: Array<[string, string, unknown]> = [
  ['a list of too many', 'system.ping', ['a', 'b']],
  ['one too many by name', 'system.ping', { echo: 'a', extra: 1 }],
  ['one where none is', 'system.time', { extra: 1 }],
  ['NaN', 'system.ping', { echo: Number.NaN }],
  ['infinite', 'system.ping', { echo: Number.POSITIVE_INFINITY }],
  ['a big number', 'system.ping', { echo: 2n ** 63n }],
  ['null', 'system.ping', { echo: null }],
  ['a list', 'system.ping', { echo: ['a'] }],
  ['a map with a length', 'world.say', { text: { length: 3 } }],
  ['a text that is too long', 'system.ping', { echo: 'x'.repeat(65) }],
  ['a text of nothing that shows', 'world.say', { text: ' \u200b\u202e\n' }],
  ['a number for a text', 'world.say', { text: 7 }],
  ['NaN for a place', 'world.placeMark', { x: Number.NaN, y: 1 }],
  ['infinite for a place', 'world.placeMark', { x: 1, y: Number.NEGATIVE_INFINITY }],
  ['a place outside', 'world.placeMark', { x: -1, y: 1 }],
  ['a text for a place', 'world.placeMark', { x: '1', y: 1 }],
  ['no place', 'world.placeMark', {}],
  ['a version of zero', 'world.moveMark', { id: 'm', x: 1, y: 1, ifVersion: 0 }],
  ['a fraction of a version', 'world.moveMark', { id: 'm', x: 1, y: 1, ifVersion: 1.5 }],
  ['a version that is too high', 'world.moveMark', { id: 'm', x: 1, y: 1, ifVersion: 2 ** 32 }],
  ['an empty id', 'world.removeMark', { id: '' }],
  ['a long id', 'world.removeMark', { id: 'm'.repeat(33) }],
  ['a status that is none', 'player.setStatus', { status: 'offline' }],
  ['a limit of nothing', 'presence.list', { limit: 0 }],
  ['a limit of too many', 'presence.list', { limit: 101 }],
  ['a token that is a map', 'session.refresh', { token: {} }],
];
const texts: Array<[string, string, ErrorName]> = [
  ['nothing', '', 'PARSE_ERROR'],
  ['a word', 'system.ping', 'PARSE_ERROR'],
  ['half of a map', '{"jsonrpc":"2.0","id":1', 'PARSE_ERROR'],
  ['two values', '{}{}', 'PARSE_ERROR'],
  ['7,000 lists in each other, none closed', '['.repeat(7_000), 'PARSE_ERROR'],
  ['7,000 lists in each other', `${'['.repeat(7_000)}${']'.repeat(7_000)}`, 'INVALID_REQUEST'],
  ['a text in a text', JSON.stringify(JSON.stringify(ping(1))), 'INVALID_REQUEST'],
  ['a number', '7', 'INVALID_REQUEST'],
  ['an empty batch', '[]', 'INVALID_REQUEST'],
  ['too large a batch', `[${new Array(5_000).fill('0').join()}]`, 'BATCH_TOO_LARGE'],
  ['an infinite id', '{"jsonrpc":"2.0","id":1e999,"method":"system.ping"}', 'INVALID_REQUEST'],
  ['__proto__', '{"__proto__":{"jsonrpc":"2.0","id":1,"method":"system.ping"}}', 'INVALID_REQUEST'],
];
test.each(texts)(
  'BI22 JSON text that is no envelope is refused as text, and the session stays: %s',
  async (_name, json, error) => {
    const client = await join();
    client.send(rpcFrame(json));
    const answer = await client.answer((payload) => typeof payload === 'string');
    const entry = [JSON.parse(answer)].flat()[0];
    expect(entry).toMatchObject({ id: null, error: { code: errors[error].code } });
    await client.settled();
    expect(grown()[`rpc_errors:${error}`]).toBe(1);
  },
);

test.each(wrongParams)(
  'BI12 wrong params are INVALID_PARAMS, and nothing is done: %s',
  async (_name, method, params) => {
    const client = await join();
    const marks = bystander.room.state.marks.size;
    expect(await client.call(method, params)).toMatchObject({ error: { code: errors.INVALID_PARAMS.code } });
    await client.settled();
    expect(bystander.room.state.marks.size).toBe(marks);
    expect(grown()['rpc_errors:INVALID_PARAMS']).toBe(1);
  },
);

const prototypes: Array<[string, unknown]> = [
  ['__proto__ as a param', { ...ping(1), params: own('__proto__', { polluted: true }) }],
  ['__proto__ beside the params', { ...ping(1), ...own('__proto__', { polluted: true }) }],
  ['constructor as a param', { ...ping(1), params: { constructor: { prototype: { polluted: true } } } }],
  ['a method of an object', { ...ping(1), method: 'toString' }],
  ['the method __proto__', { ...ping(1), method: '__proto__' }],
  ['the method constructor', { ...ping(1), method: 'constructor' }],
  ['the id of a prototype', { jsonrpc: '2.0', id: '__proto__', result: { polluted: true } }],
  ['a mark called __proto__', { ...ping(1), method: 'world.moveMark', params: { id: '__proto__', x: 1, y: 1 } }],
  ['a user called __proto__', { ...ping(1), method: 'player.get', params: { userId: '__proto__' } }],
];
test.each(prototypes)('BI13 keys of prototypes are names like any other: %s', async (_name, value) => {
  const client = await join();
  client.send(rpcFrame(value));
  await client.settled();
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect((Object as unknown as { polluted?: unknown }).polluted).toBeUndefined();
  const results = client.received.filter((frame) => frame.kind === 'message' && frame.payload?.result?.polluted);
  expect(results).toEqual([]);
});

function own(key: string, value: unknown): object {
  return Object.defineProperty({}, key, { value, enumerable: true });
}

test('BI14 a flood of messages ends its connection with 4201, and the session is kept', async () => {
  const client = await join();
  for (let i = 0; i < limits.messagesPerSecond * 4; i++) client.send([FRAME.PING]);
  await ended(client, 'FLOODING', 'dropped');
  expect(grown()['frames_refused:flooding']).toBe(1);
});

test('BI15 a flood of bytes ends its connection with 4201, and the session is kept', async () => {
  const client = await join();
  const frame = dataFrame('nope', new Uint8Array(limits.payloadBytes - 100));
  const frames = Math.ceil((limits.bytesPerSecond * 5) / limits.payloadBytes);
  // Fewer than the strikes of unknown messages: it is the bytes that are too many.
  expect(frames).toBeLessThan(25);
  for (let i = 0; i < frames; i++) client.send([FRAME.PING, ...frame]);
  await ended(client, 'FLOODING', 'dropped');
  expect(grown()['frames_refused:flooding']).toBe(1);
});

/** `ws` answers pings below everything that counts; each costs as much as a message. */
test('BI16 control frames count as messages: a flood of pings ends its connection with 4201', async () => {
  const client = await join();
  let pongs = 0;
  client.socket.on('pong', () => {
    pongs += 1;
  });
  for (let sent = 0; sent < limits.messagesPerSecond * 10 && client.open; sent += 20) {
    for (let i = 0; i < 20; i++) client.socket.ping('x'.repeat(125));
    // In step with the answers: more at once than the library keeps would be cut without a code.
    await eventually(() => expect(pongs >= sent + 20 || !client.open).toBe(true));
  }
  // Anything but this is the end that a client who did nothing wrong would meet.
  client.socket.close(1000);
  await ended(client, 'FLOODING', 'dropped');
});

const inputs: Array<[string, Uint8Array | number[]]> = [
  ['reliable: no field', [FRAME.ROOM_INPUT_RELIABLE, 0x45, 1]],
  ['reliable: a field that is not there', [FRAME.ROOM_INPUT_RELIABLE, 128 | 60, 1]],
  ['reliable: another structure', [FRAME.ROOM_INPUT_RELIABLE, 255, 5, 1, 2, 3]],
  ['reliable: noise', [FRAME.ROOM_INPUT_RELIABLE, ...Array.from({ length: 300 }, (_, i) => (i * 131 + 7) & 255)]],
  ['reliable: a value that is cut off', [FRAME.ROOM_INPUT_RELIABLE, 128]],
  ['unreliable: nothing', [FRAME.ROOM_INPUT_UNRELIABLE]],
  ['unreliable: longer than the frame', [FRAME.ROOM_INPUT_UNRELIABLE, 1, 100, 128, 5]],
  ['unreliable: a huge length', [FRAME.ROOM_INPUT_UNRELIABLE, 1, 0xce, 255, 255, 255, 255, 128, 5]],
  ['unreliable: a length that is no number', [FRAME.ROOM_INPUT_UNRELIABLE, 1, 0xc1, 128, 5]],
  ['unreliable: NaN as its sequence', [FRAME.ROOM_INPUT_UNRELIABLE, 0xcb, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f, 2, 128, 5]],
  ['unreliable: stamps that are cut off', [FRAME.ROOM_INPUT_UNRELIABLE | TIMED, 5, 1, 2]],
  ['unreliable: fewer than no stamps', [FRAME.ROOM_INPUT_UNRELIABLE | TIMED, 0xff, 0, 0, 0, 0, 1, 2, 128, 5]],
];
test.each(inputs)('BI17 a malformed input frame is counted and moves nobody: %s', async (_name, frame) => {
  const client = await join();
  await eventually(() => expect(bystander.room.state.players.get(client.sessionId)).toBeDefined());
  const { x, y } = bystander.room.state.players.get(client.sessionId);
  client.send(frame);
  // Told or not, the loop has seen it when the bystander is answered.
  await bystander.isWell();
  await bystander.isWell();
  const shown = bystander.room.state.players.get(client.sessionId);
  if (shown !== undefined) expect({ x: shown.x, y: shown.y }).toEqual({ x, y });
  expect(Object.keys(grown()).filter((name) => name.startsWith('frames_refused'))).toHaveLength(1);
});

test('BI17 a malformed input frame is counted and moves nobody: a good one does', async () => {
  const client = await join();
  await eventually(() => expect(bystander.room.state.players.get(client.sessionId)).toBeDefined());
  const player = () => bystander.room.state.players.get(client.sessionId);
  const { x, y } = player();
  // Field 0 and 1 of MoveInput, both axes at once: no wall stops both.
  for (let i = 0; i < 20; i++) client.send([FRAME.ROOM_INPUT_RELIABLE, 128, i & 1 ? 127 : 0, 129, i & 1 ? 0 : 127]);
  await eventually(() => expect(player().x !== x || player().y !== y).toBe(true));
  expect(Object.keys(grown()).filter((name) => name.startsWith('frames_refused'))).toHaveLength(0);
});

const closes: Array<[string, (client: RawClient) => void, number]> = [
  ['a frame without a mask', (client) => socketOf(client).write(Buffer.from([0x82, 1, FRAME.PING])), 1002],
  ['a reserved bit', (client) => socketOf(client).write(Buffer.from([0xf2, 0x81, 0, 0, 0, 0, 18])), 1002],
  ['an unknown opcode', (client) => socketOf(client).write(Buffer.from([0x83, 0x81, 0, 0, 0, 0, 18])), 1002],
  ['a continuation of nothing', (client) => socketOf(client).write(Buffer.from([0x80, 0x81, 0, 0, 0, 0, 18])), 1002],
  ['a ping in pieces', (client) => socketOf(client).write(Buffer.from([0x09, 0x80, 0, 0, 0, 0])), 1002],
  ['text that is no UTF-8', (client) => socketOf(client).write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff])), 1007],
  [
    'a length beyond all numbers',
    (client) => socketOf(client).write(Buffer.from([0x82, 0xff, ...new Array(8).fill(0xff)])),
    1009,
  ],
];
test.each(closes)(
  'BI18 what is no WebSocket ends its connection with the code of RFC 6455: %s',
  async (_name, write, code) => {
    const client = await join();
    write(client);
    expect(await client.closed).toMatchObject({ code });
    await eventually(() => expect(grown()[`connections_closed:${code}`]).toBe(1));
  },
);

/** Below the library: for bytes that it would not send. */
function socketOf(client: RawClient): Socket {
  return (client.socket as unknown as { _socket: Socket })._socket;
}

/** A client chooses its close code: 3000 … 4999. Each would be a counter of its own for ever. */
test('BI19 close codes that a client makes up are counted together', async () => {
  const byCode = /^(connections_closed|sessions_ended|sessions_dropped):/;
  const names = () => Object.keys(counters.all()).filter((name) => byCode.test(name));
  const odd = [3000, 3333, 3999, 4050, 4155, 4299, 4399, 4499, 4777, 4999];
  const clients = await Promise.all(odd.map(() => join()));
  const known = names();
  for (const [i, client] of clients.entries()) client.socket.close(odd[i]);
  await Promise.all(clients.map(({ closed }) => closed));
  await eventually(() => {
    const closed = Object.entries(grown()).filter(([name]) => name.startsWith('connections_closed:'));
    expect(closed.reduce((sum, [, count]) => sum + count, 0)).toBe(odd.length);
    for (const { sessionId } of clients)
      expect(sessions.get(sessionId)?.state.name ?? 'gone').toMatch(/^(dropped|gone)$/);
  });
  // At most one new name for each of the three.
  expect(names().length).toBeLessThanOrEqual(known.length + 3);
});

test('BI20 a confirmation that comes twice does nothing', async () => {
  const client = await join();
  for (let i = 0; i < 5; i++) client.send([FRAME.JOIN_ROOM]);
  await client.settled();
  expect(client.received.filter(({ kind }) => kind === 'join')).toEqual([]);
  expect(sessions.get(client.sessionId)?.state.name).toBe('online');
});

test('BI21 what a client sends after its end was decided is not read', async () => {
  const client = await join();
  const marks = bystander.room.state.marks.size;
  const placed = rpcFrame({ jsonrpc: '2.0', id: 1, method: 'world.placeMark', params: { x: 1, y: 1 } });
  client.send([0]);
  for (let i = 0; i < 10; i++) client.send(placed);
  await ended(client, 'PROTOCOL_ERROR');
  await bystander.isWell();
  expect(bystander.room.state.marks.size).toBe(marks);
});

test('BI55 a peer that does not answer its close is cut a second later', async () => {
  const client = await join();
  const open = server.connections.size;
  socketOf(client).pause();
  client.send([0]);
  await eventually(() => expect(server.connections.size).toBe(open - 1));
  expect(sessions.get(client.sessionId)).toBeUndefined();
  expect(grown()[`connections_closed:${closeCodes.PROTOCOL_ERROR.code}`]).toBe(1);
  // It was not the heartbeat, which would have found it some seconds later.
  expect(grown().heartbeats_missed).toBeUndefined();
  client.cut();
});
