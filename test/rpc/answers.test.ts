import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineMethods, errors, type RpcResponse } from '../../schema/index.ts';
import { fail } from '../../src/fail.ts';
import { ANSWER_AGE_MS, Answers, MAX_ANSWER_BYTES, MAX_ANSWERS } from '../../src/rpc/Answers.ts';
import { dispatchBench } from '../support/dispatch.ts';

const none = z.strictObject({});
const table = defineMethods({
  'shop.buy': { summary: '', params: z.strictObject({ what: z.string() }), result: z.any() },
  'shop.wait': { summary: '', params: none, result: z.any() },
  'shop.look': { summary: '', params: none, result: z.any(), pure: true },
});

function shop() {
  const done: string[] = [];
  const purse = { bought: 0 };
  const waiting = Promise.withResolvers<string>();
  const bench = dispatchBench(table, {
    'shop.buy': ({ what }) => {
      if (what === 'the moon') throw fail('LIMIT_REACHED');
      done.push(what);
      purse.bought += 1;
      return purse;
    },
    'shop.wait': () => {
      done.push('wait');
      return waiting.promise;
    },
    'shop.look': () => done.push('look'),
  });
  const ask = (id: number, method: string, params: object = {}) =>
    bench.receive({ jsonrpc: '2.0', id, method, params }) as RpcResponse & Promise<RpcResponse>;
  return { ...bench, ask, done, waiting, comeBack: () => bench.session.answers.reconnected() };
}

test('RC1 what is asked again after a return has the result of the first time, and was done once', () => {
  const { ask, done, comeBack, counters } = shop();
  expect(ask(1, 'shop.buy', { what: 'tea' })).toEqual({ jsonrpc: '2.0', id: 1, result: { bought: 1 } });
  ask(2, 'shop.buy', { what: 'salt' });
  comeBack();
  expect(ask(1, 'shop.buy', { what: 'tea' })).toEqual({ jsonrpc: '2.0', id: 1, result: { bought: 1 } });
  comeBack();
  expect(ask(1, 'shop.buy', { what: 'tea' })).toEqual({ jsonrpc: '2.0', id: 1, result: { bought: 1 } });
  expect(done).toEqual(['tea', 'salt']);
  expect(counters.get('rpc_asked_again')).toBe(2);
});

test('RC1 an error of the handler is an answer as well, also in a batch and as text', () => {
  const { receive, comeBack, done } = shop();
  const batch = [1, 2].map((id) => ({
    jsonrpc: '2.0',
    id,
    method: 'shop.buy',
    params: { what: id === 1 ? 'the moon' : 'tea' },
  }));
  const first = receive(batch);
  comeBack();
  expect(receive(batch)).toEqual(first);
  comeBack();
  expect(JSON.parse(receive(JSON.stringify(batch)) as string)).toEqual(first);
  expect(done).toEqual(['tea']);
});

test('RC2 one that is worked on is not begun anew, and answered once', async () => {
  const { ask, done, waiting, comeBack } = shop();
  const first = ask(1, 'shop.wait');
  comeBack();
  expect(ask(1, 'shop.wait')).toBeUndefined();
  waiting.resolve('here');
  expect(await first).toEqual({ jsonrpc: '2.0', id: 1, result: 'here' });
  comeBack();
  expect(ask(1, 'shop.wait')).toEqual({ jsonrpc: '2.0', id: 1, result: 'here' });
  expect(done).toEqual(['wait']);
});

test('RC3 another method, other params and an id that is used twice on one connection make another request', () => {
  const { ask, done, comeBack } = shop();
  ask(1, 'shop.buy', { what: 'tea' });
  comeBack();
  ask(1, 'shop.buy', { what: 'salt' });
  expect(done).toEqual(['tea', 'salt']);
  // A client for which every id is 1.
  const other = shop();
  for (const what of ['tea', 'tea', 'tea']) other.ask(1, 'shop.buy', { what });
  other.comeBack();
  other.ask(1, 'shop.buy', { what: 'tea' });
  expect(other.done).toHaveLength(4);
});

test('RC3 what was refused before it was carried out is tried again', () => {
  const { ask, done, comeBack, clock } = shop();
  for (let id = 1; id <= 100; id++) ask(id, 'shop.buy', { what: 'tea' });
  expect(ask(101, 'shop.buy', { what: 'rice' })).toMatchObject({ error: { code: errors.RATE_LIMITED.code } });
  clock.advance(1_000);
  comeBack();
  expect(ask(101, 'shop.buy', { what: 'rice' })).toMatchObject({ result: { bought: 101 } });
  expect(done.at(-1)).toBe('rice');
});

test('RC4 what changes nothing is answered anew, and not remembered', () => {
  const { ask, done, comeBack, session } = shop();
  ask(1, 'shop.look');
  expect(session.answers.size).toBe(0);
  comeBack();
  ask(1, 'shop.look');
  expect(done).toEqual(['look', 'look']);
});

const response = (id: number, result: unknown): RpcResponse => ({ jsonrpc: '2.0', id, result });

test('RC5 beyond the count and the age the oldest are forgotten, never one that is worked on', () => {
  const answers = new Answers();
  answers.begin(0, 'slow', {}, 0);
  for (let id = 1; id <= MAX_ANSWERS; id++) {
    answers.begin(id, 'a', {}, 0);
    answers.settle(id, response(id, null));
  }
  expect(answers.size).toBe(MAX_ANSWERS);
  answers.reconnected();
  expect(answers.of(1, 'a', {}, 0)).toBeUndefined();
  expect(answers.of(0, 'slow', {}, 0)).toBe('running');
  expect(answers.of(2, 'a', {}, ANSWER_AGE_MS)).toBeUndefined();
  answers.begin(999, 'a', {}, ANSWER_AGE_MS);
  expect(answers.size).toBe(2);
});

test('RC5 beyond the bytes answers go, not what is known of their requests', () => {
  const answers = new Answers();
  for (const id of [1, 2, 3]) {
    answers.begin(id, 'a', {}, 0);
    answers.settle(id, response(id, 'x'.repeat(MAX_ANSWER_BYTES / 2 - 100)));
  }
  expect(answers.bytes).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
  answers.reconnected();
  expect(answers.of(1, 'a', {}, 0)).toMatchObject({ id: 1, error: { code: errors.CONNECTION_LOST.code } });
  expect(answers.of(3, 'a', {}, 0)).toMatchObject({ id: 3, result: expect.stringMatching(/^x+$/) });
  for (const id of [1, 2, 3]) answers.begin(id, 'b', {}, 0);
  expect(answers.bytes).toBe(0);
});

test('RC6 saved and restored they are the same; one that was worked on is told to be lost', () => {
  const answers = new Answers();
  answers.begin(1, 'a', { b: 1 }, 0);
  answers.settle(1, response(1, { deep: [1, 'two'] }));
  answers.begin('two', 'slow', {}, 0);
  const again = new Answers();
  again.restore(structuredClone(answers.save()));
  expect(again.bytes).toBe(answers.bytes);
  expect(again.of(1, 'a', { b: 1 }, 0)).toEqual(response(1, { deep: [1, 'two'] }));
  expect(again.of('two', 'slow', {}, 0)).toMatchObject({ error: { code: errors.CONNECTION_LOST.code } });
});
