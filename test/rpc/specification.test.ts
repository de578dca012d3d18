import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineMethods } from '../../schema/index.ts';
import { dispatchBench } from '../support/dispatch.ts';

/** The examples of https://www.jsonrpc.org/specification, section 7, as they stand there. */
const n = z.number();
const table = defineMethods({
  subtract: { summary: '', params: z.strictObject({ minuend: n, subtrahend: n }), result: n },
  sum: { summary: '', params: z.strictObject({ a: n, b: n, c: n }), result: n },
  update: { summary: '', params: z.strictObject({ a: n, b: n, c: n, d: n, e: n }), result: z.null() },
  notify_hello: { summary: '', params: z.strictObject({ a: n }), result: z.null() },
  get_data: { summary: '', params: z.strictObject({}), result: z.tuple([z.string(), n]) },
});

const bench = () =>
  dispatchBench(table, {
    subtract: ({ minuend, subtrahend }) => minuend - subtrahend,
    sum: ({ a, b, c }) => a + b + c,
    update: () => null,
    notify_hello: () => null,
    get_data: (): [string, number] => ['hello', 5],
  });

const invalid = '{"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": null}';

test.each([
  [
    'positional params',
    '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
    '{"jsonrpc": "2.0", "result": 19, "id": 1}',
  ],
  [
    'positional params, other order',
    '{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
    '{"jsonrpc": "2.0", "result": -19, "id": 2}',
  ],
  [
    'named params',
    '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
    '{"jsonrpc": "2.0", "result": 19, "id": 3}',
  ],
  [
    'named params, other order',
    '{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}',
    '{"jsonrpc": "2.0", "result": 19, "id": 4}',
  ],
  ['a notification', '{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}', undefined],
  ['a notification of no known method', '{"jsonrpc": "2.0", "method": "foobar"}', undefined],
  [
    'a method that does not exist',
    '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
    '{"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": "1"}',
  ],
  [
    'invalid JSON',
    '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
    '{"jsonrpc": "2.0", "error": {"code": -32700, "message": "Parse error"}, "id": null}',
  ],
  ['an invalid request object', '{"jsonrpc": "2.0", "method": 1, "params": "bar"}', invalid],
  [
    'a batch of invalid JSON',
    '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},{"jsonrpc": "2.0", "method"]',
    '{"jsonrpc": "2.0", "error": {"code": -32700, "message": "Parse error"}, "id": null}',
  ],
  ['an empty array', '[]', invalid],
  ['an invalid batch that is not empty', '[1]', `[${invalid}]`],
  ['an invalid batch', '[1,2,3]', `[${invalid},${invalid},${invalid}]`],
  [
    'a batch',
    `[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
      {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
      {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
      {"foo": "boo"},
      {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
      {"jsonrpc": "2.0", "method": "get_data", "id": "9"}]`,
    `[{"jsonrpc": "2.0", "result": 7, "id": "1"},
      {"jsonrpc": "2.0", "result": 19, "id": "2"},
      ${invalid},
      {"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": "5"},
      {"jsonrpc": "2.0", "result": ["hello", 5], "id": "9"}]`,
  ],
  [
    'a batch of notifications only',
    '[{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},{"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]',
    undefined,
  ],
])('RP1 the specification: %s', async (_name, request, response) => {
  const reply = await bench().receive(request);
  expect(reply === undefined ? undefined : JSON.parse(reply as string)).toEqual(
    response === undefined ? undefined : JSON.parse(response),
  );
});

test('RP1 a request that came decoded is answered decoded', async () => {
  const reply = await bench().receive({ jsonrpc: '2.0', method: 'subtract', params: [42, 23], id: 1 });
  expect(reply).toEqual({ jsonrpc: '2.0', result: 19, id: 1 });
});
