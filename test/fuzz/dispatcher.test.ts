import { isDeepStrictEqual } from 'node:util';
import { pack, unpack } from 'msgpackr';
import { expect, test } from 'vitest';
import { moveMark, placeMark, removeMark } from '../../rooms/world/marks.ts';
import { errorNameOf, type RpcResponse, serverMethods, WorldState } from '../../schema/index.ts';
import { fail } from '../../src/fail.ts';
import type { Reply } from '../../src/rpc/Dispatcher.ts';
import type { Handlers } from '../../src/rpc/methods.ts';
import { dispatchBench } from '../support/dispatch.ts';
import { faulty } from '../support/frame-mutator.ts';
import { anyPayload, packed } from '../support/rpc-values.ts';
import { Seeded, seed } from '../support/seeded.ts';

const BODIES = 70_000;
const MAX_BATCH = 50;

const state = new WorldState();
let marks = 0;
/** Every method of the wire; those of the world do their real work. */
const handlers: Handlers<typeof serverMethods> = {
  'rpc.discover': () => ({}),
  'system.ping': ({ echo }) => (echo === undefined ? { at: 1 } : { at: 1, echo }),
  'system.time': async () => ({ now: 1, roomTime: 1 }),
  'system.info': () => {
    throw fail('UNAVAILABLE');
  },
  'session.get': async () => {
    throw fail('NOT_FOUND');
  },
  'session.refresh': async () => ({ expiresAt: 1 }),
  'state.resync': () => null,
  'player.setStatus': ({ status }) => ({ status }),
  'player.get': ({ userId = 'me' }) => ({ userId, name: userId, status: 'online', lastSeen: 1, where: [] }),
  'presence.list': ({ limit }) => ({ users: [], next: limit > 50 ? 'next' : null }),
  'world.say': ({ text }) => ({ at: text.length }),
  'world.placeMark': ({ x, y, label }) => placeMark(state, `m${++marks}`, { x, y, label, hue: 1, by: 'fuzz' }),
  'world.moveMark': (edit) => moveMark(state, edit),
  'world.removeMark': (edit) => removeMark(state, edit),
};

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** Ids that an answer to this payload may carry; undefined when it is text, whose ids are as JSON has them. */
function idsOf(payload: unknown): unknown[] | undefined {
  if (typeof payload === 'string') return undefined;
  return [null, ...[payload].flat().map((entry) => (entry as { id?: unknown } | null)?.id)];
}

/** Asserts what holds for every answer; resolves with the responses in it. */
async function responsesTo(payload: unknown, receive: (payload: unknown) => Reply | Promise<Reply>) {
  const reply = await receive(payload);
  if (reply === undefined) return [];
  must(
    (typeof reply === 'string') === (typeof payload === 'string'),
    'text is answered with text, and nothing else is',
  );
  must(isDeepStrictEqual(unpack(pack(reply)), reply), 'the answer can be sent');
  const responses = [typeof reply === 'string' ? (JSON.parse(reply) as Exclude<Reply, string>) : reply].flat();
  must(responses.length > 0 && responses.length <= MAX_BATCH, 'as many responses as requests');
  const ids = idsOf(payload);
  for (const response of responses as RpcResponse[]) {
    must(response.jsonrpc === '2.0', 'the version');
    must(response.id === null || ['string', 'number'].includes(typeof response.id), 'an id is a text or a number');
    must(ids === undefined || ids.includes(response.id), 'the id of a request');
    must('result' in response !== 'error' in response, 'either a result or an error');
    if (!('error' in response)) continue;
    must(errorNameOf(response.error.code) !== undefined, `a code of the catalogue, not ${response.error.code}`);
    must(typeof response.error.message === 'string', 'a message');
  }
  return responses as RpcResponse[];
}

test('FZ3 any payload gets a response of the catalogue or none, and nothing is thrown', {
  timeout: 120_000,
}, async () => {
  const bench = dispatchBench(serverMethods, handlers, { maxBatch: MAX_BATCH });
  const random = new Seeded(seed);
  const answered = new Map<string, number>();
  let undecodable = 0;
  for (let i = 0; i < BODIES; i++) {
    let bytes: Uint8Array = packed(anyPayload(random));
    if (random.chance(0.3)) bytes = faulty(bytes, random);
    let payload: unknown;
    try {
      payload = unpack(bytes);
    } catch {
      undecodable += 1; // Colyseus ends the connection.
      continue;
    }
    // So that the rates of methods do not hide their handlers.
    bench.clock.advance(500);
    try {
      for (const response of await responsesTo(payload, bench.receive)) {
        const kind = 'error' in response ? errorNameOf(response.error.code)! : 'result';
        answered.set(kind, (answered.get(kind) ?? 0) + 1);
      }
    } catch (cause) {
      throw new Error(`SEED=${seed} body ${i}: ${Buffer.from(bytes).toString('hex').slice(0, 2_000)}`, { cause });
    }
  }
  expect(bench.faults).toEqual([]);
  expect(bench.session.inFlight).toBe(0);
  for (const mark of state.marks.values()) {
    expect(Number.isFinite(mark.x) && Number.isFinite(mark.y)).toBe(true);
    expect(mark.version).toBeGreaterThanOrEqual(1);
  }
  // The bodies reached everything: the decoder's refusals, handlers, and every kind of error.
  expect(undecodable).toBeGreaterThan(1_000);
  const kinds = ['result', 'PARSE_ERROR', 'INVALID_REQUEST', 'METHOD_NOT_FOUND', 'INVALID_PARAMS', 'BATCH_TOO_LARGE'];
  for (const kind of [...kinds, 'NOT_FOUND', 'UNAVAILABLE']) expect(answered.get(kind) ?? 0, kind).toBeGreaterThan(50);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});
