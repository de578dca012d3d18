import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineMethods, errors } from '../../schema/index.ts';
import { fail } from '../../src/fail.ts';
import { MAX_IN_FLIGHT } from '../../src/rpc/Dispatcher.ts';
import { dispatchBench } from '../support/dispatch.ts';

const nothing = z.strictObject({});
const table = defineMethods({
  echo: {
    summary: '',
    params: z.strictObject({ text: z.string().max(10), times: z.int().default(1) }),
    result: z.string(),
  },
  slow: { summary: '', params: nothing, result: z.null(), timeoutMs: 100 },
  rare: { summary: '', params: nothing, result: z.null(), rate: { perSecond: 1, burst: 2 } },
  admin: { summary: '', params: nothing, result: z.null(), role: 'admin' },
  wrong: { summary: '', params: nothing, result: z.int() },
  breaks: { summary: '', params: nothing, result: z.null() },
  dear: { summary: '', params: nothing, result: z.null(), cost: 15 },
  conflicts: { summary: '', params: nothing, result: z.null(), errors: ['CONFLICT'] },
});

function bench(options: { role?: string; checkResults?: boolean; maxBatch?: number; callsPerSecond?: number } = {}) {
  const held: Array<{ resolve: () => void; signal: AbortSignal }> = [];
  const made = dispatchBench(
    table,
    {
      echo: ({ text, times }) => text.repeat(times),
      slow: (_params, { signal }) => new Promise((resolve) => held.push({ resolve: () => resolve(null), signal })),
      rare: () => null,
      dear: () => null,
      admin: () => null,
      wrong: () => 'text' as never,
      breaks: () => {
        throw new Error('the database password is hunter2');
      },
      conflicts: async () => {
        throw fail('CONFLICT', { current: 7 });
      },
    },
    options,
  );
  const call = (method: string, params?: unknown, id: unknown = 1) =>
    made.receive({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }), id });
  return { ...made, call, held };
}

const error = (name: keyof typeof errors, more: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  error: { code: errors[name].code, message: errors[name].message, ...more },
});

test('RP2 handlers get parsed params with defaults; a missing params is an empty object', async () => {
  expect(await bench().call('echo', { text: 'ha' })).toMatchObject({ result: 'ha' });
  expect(await bench().call('echo', { text: 'ha', times: 3 })).toMatchObject({ result: 'hahaha' });
  expect(await bench().call('rare')).toMatchObject({ result: null });
});

test.each([
  ['an unknown extra param', { text: 'a', extra: 1 }],
  ['a wrong type', { text: 5 }],
  ['too long a text', { text: 'a'.repeat(11) }],
  ['NaN', { text: 'a', times: Number.NaN }],
  ['infinity', { text: 'a', times: Number.POSITIVE_INFINITY }],
  ['too many by position', ['a', 1, 2]],
])('RP3 params that do not fit are INVALID_PARAMS and say why: %s', async (_name, params) => {
  const reply = (await bench().call('echo', params)) as { error: { code: number; data: { issues: unknown[] } } };
  expect(reply.error.code).toBe(errors.INVALID_PARAMS.code);
  expect(reply.error.data.issues.length).toBeGreaterThan(0);
});

test('RP3 what is said of bad params is bounded', async () => {
  const params = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}${'x'.repeat(100)}`, i]));
  expect(JSON.stringify(await bench().call('echo', params)).length).toBeLessThan(4_000);
});

test('RP4 what a handler throws that is not of the catalogue is INTERNAL_ERROR without its text', async () => {
  const made = bench();
  const reply = await made.call('breaks');
  expect(reply).toEqual(error('INTERNAL_ERROR'));
  expect(made.faults).toMatchObject([{ method: 'breaks', error: { message: 'the database password is hunter2' } }]);
});

test('RP4 an error of the catalogue reaches the caller with its data', async () => {
  expect(await bench().call('conflicts')).toEqual(error('CONFLICT', { data: { current: 7 } }));
});

test('RP5 a handler that takes too long is answered with TIMEOUT and its signal aborts', async () => {
  const made = bench();
  const reply = made.call('slow');
  expect(made.session.inFlight).toBe(1);
  made.clock.advance(100);
  expect(await reply).toEqual(error('TIMEOUT'));
  expect(made.held[0]!.signal.aborted).toBe(true);
  expect(made.session.inFlight).toBe(0);
});

test('RP5 the signal of a call aborts when its session is gone', () => {
  const made = bench();
  made.call('slow');
  const { signal } = made.held[0]!;
  expect(signal.aborted).toBe(false);
  made.session.ended.abort();
  expect(signal.aborted).toBe(true);
});

test('RP6 each method has a rate for each session; beyond it RATE_LIMITED says when to come back', async () => {
  const made = bench();
  expect(await made.call('rare')).toMatchObject({ result: null });
  expect(await made.call('rare')).toMatchObject({ result: null });
  expect(await made.call('rare')).toEqual(error('RATE_LIMITED', { data: { retryAfterMs: 1_000 } }));
  expect(await made.call('echo', { text: 'a' })).toMatchObject({ result: 'a' });
  made.clock.advance(1_000);
  expect(await made.call('rare')).toMatchObject({ result: null });
});

test('RP18 what a session may ask for is bounded over all methods, each call of a batch counted; a few dear calls are held as many cheap ones', async () => {
  const made = bench({ callsPerSecond: 20 });
  expect(await made.call('dear')).toMatchObject({ result: null });
  expect(await made.call('dear')).toMatchObject({ result: null });
  expect(await made.call('dear')).toEqual(error('RATE_LIMITED', { data: { retryAfterMs: 250 } }));
  const batch = Array.from({ length: 11 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'echo', params: { text: 'a' } }));
  const replies = (await made.receive(batch)) as Array<{ result?: string }>;
  expect(replies.filter(({ result }) => result === 'a')).toHaveLength(10);
  made.clock.advance(1_000);
  expect(await made.call('dear')).toMatchObject({ result: null });
});

test('RP7 requests of one session that wait at once are bounded', async () => {
  const made = bench();
  const waiting = Array.from({ length: MAX_IN_FLIGHT }, () => made.call('slow'));
  expect(await made.call('slow')).toMatchObject({ error: { code: errors.RATE_LIMITED.code } });
  for (const { resolve } of made.held) resolve();
  await Promise.all(waiting);
  expect(await made.call('echo', { text: 'a' })).toMatchObject({ result: 'a' });
});

test('RP8 a method may need a role', async () => {
  expect(await bench().call('admin')).toEqual(error('FORBIDDEN'));
  expect(await bench({ role: 'admin' }).call('admin')).toMatchObject({ result: null });
});

test('RP9 a result that the table does not allow is a fault in development', async () => {
  const made = bench();
  expect(await made.call('wrong')).toEqual(error('INTERNAL_ERROR'));
  expect(made.faults).toHaveLength(1);
  expect(await bench({ checkResults: false }).call('wrong')).toMatchObject({ result: 'text' });
});

test('RP10 a batch over the limit is refused whole, and nothing of it is carried out', async () => {
  const made = bench({ maxBatch: 3 });
  const one = { jsonrpc: '2.0', method: 'rare', id: 1 };
  expect(await made.receive([one, one, one, one])).toMatchObject({
    id: null,
    error: { code: errors.BATCH_TOO_LARGE.code },
  });
  expect(made.session.methodRates.size).toBe(0);
  expect(await made.receive(Array(10_000).fill(one))).toMatchObject({ error: { code: errors.BATCH_TOO_LARGE.code } });
});

test.each([
  null,
  undefined,
  0,
  true,
  {},
  { jsonrpc: '1.0', method: 'echo' },
  { jsonrpc: '2.0', method: 'a'.repeat(129) },
  { jsonrpc: '2.0', method: 'echo', id: { a: 1 } },
  { jsonrpc: '2.0', method: 'echo', id: Number.NaN },
  { jsonrpc: '2.0', method: 'echo', id: 'x'.repeat(65) },
  { jsonrpc: '2.0', method: 'echo', params: 5, id: 1 },
])('RP11 what is no envelope is INVALID_REQUEST: %j', async (payload) => {
  expect(await bench().receive(payload)).toMatchObject({ error: { code: errors.INVALID_REQUEST.code } });
});

test('RP12 answers to requests that the server never made are ignored and counted', async () => {
  const made = bench();
  expect(await made.receive({ jsonrpc: '2.0', id: 's1', result: 5 })).toBeUndefined();
  expect(await made.receive({ jsonrpc: '2.0', id: 's1', error: { code: 1, message: 'x' } })).toBeUndefined();
  expect(made.counters.get('rpc_stray_answers')).toBe(2);
});

test('RP13 a request of the server is answered, refused, late or lost, each exactly once', async () => {
  const made = bench();
  const { calls } = made.session;
  const sent: Array<{ id?: unknown }> = [];
  const start = () => calls.start((request) => sent.push(request), 'client.ping', {}, 1_000);

  const answered = start();
  await made.receive({ jsonrpc: '2.0', id: sent[0]!.id, result: { at: 5 } });
  expect(await answered).toEqual({ at: 5 });

  const refused = start();
  await made.receive({ jsonrpc: '2.0', id: sent[1]!.id, error: { code: -32601, message: 'no' } });
  await expect(refused).rejects.toThrow('METHOD_NOT_FOUND');

  const late = start();
  made.clock.advance(1_000);
  await expect(late).rejects.toThrow('TIMEOUT');

  const lost = start();
  calls.lost();
  await expect(lost).rejects.toThrow('CONNECTION_LOST');
  expect(calls.size).toBe(0);
  expect(made.clock.pending).toBe(0);
});

test('RP13 requests of the server to one client are bounded', async () => {
  const { calls } = bench().session;
  const waiting = Array.from({ length: 64 }, () => calls.start(() => {}, 'client.ping', {}).catch(() => {}));
  await expect(calls.start(() => {}, 'client.ping', {})).rejects.toThrow('QUEUE_FULL');
  calls.lost();
  await Promise.all(waiting);
});
