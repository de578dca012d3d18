import { connect, type NatsConnection } from '@nats-io/transport-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { callEnvelope, subjectOfNotify } from '../../schema/bus/index.ts';
import { defineMethods, errors, type RpcResponse } from '../../schema/index.ts';
import { MAX_SERVICE_CALLS } from '../../src/cluster/services.ts';
import type { RequestBus } from '../../src/ports/event-bus.ts';
import type { CallContext } from '../../src/rpc/methods.ts';
import { dispatchBench } from '../support/dispatch.ts';
import { eventually } from '../support/eventually.ts';
import { NatsServer } from '../support/nats-server.ts';
import { desk, openBus, sessionOf, startProgram } from './support.ts';

const server = await NatsServer.start();

const shopMethods = defineMethods({
  'shop.price': {
    summary: 'What a thing costs.',
    params: z.strictObject({ item: z.string().max(200_000), count: z.int().default(1) }),
    result: z.strictObject({ price: z.int() }),
    errors: ['NOT_FOUND'],
    timeoutMs: 600,
  },
});

/** A service with nothing but a NATS client. */
async function service(): Promise<NatsConnection> {
  const nats = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 20 });
  onTestFinished(() => nats.close());
  return nats;
}

/** Serves shop.price with whatever `answer` makes of the request. */
async function serve(answer: (request: unknown) => unknown, nats?: NatsConnection): Promise<unknown[]> {
  nats ??= await service();
  const asked: unknown[] = [];
  const calls = nats.subscribe('gatehouse.rpc.shop.price', { queue: 'shop' });
  void (async () => {
    for await (const call of calls) {
      asked.push(call.json());
      const reply = await answer(call.json());
      if (reply !== undefined) call.respond(typeof reply === 'string' ? reply : JSON.stringify(reply));
    }
  })();
  await nats.flush();
  return asked;
}

async function node() {
  const opened = await openBus({ servers: server.url });
  return { ...opened, ...desk(opened.bus) };
}

const context = (userId = 'ada') => ({ session: sessionOf(userId), isNotification: false }) as CallContext;
const ask = ({ services }: Pick<Awaited<ReturnType<typeof node>>, 'services'>, params: object = { item: 'sword' }) =>
  services.handlers(shopMethods)['shop.price']({ count: 1, item: '', ...params }, context());
const priced = (price: unknown) => () => ({ v: 1, result: { price } });

describe('a service serves a method', () => {
  test('SV1 a service written with nothing but a NATS client notifies a player and serves a method', async () => {
    const here = await node();
    const userId = 'ada@example.org/ä 🙂.*';
    here.notifications.add(userId, 's1');
    expect(await here.notifications.listening(userId)).toBe(true);
    await startProgram('docs/samples/service.mjs', { NATS_URL: server.url });
    const shop = here.services.handlers(shopMethods);
    expect(await shop['shop.price']({ item: 'sword', count: 1 }, context(userId))).toEqual({ price: 120 });
    await eventually(() =>
      expect(here.delivered).toEqual([{ userId, method: 'shop.asked', params: { item: 'sword' } }]),
    );
    const refused = shop['shop.price']({ item: 'shield', count: 1 }, context(userId));
    await expect(refused).rejects.toMatchObject({ error: 'NOT_FOUND' });
    expect(here.faults).toEqual([]);
    expect(here.counters.all()).toEqual({ 'notify:reached': 1, 'service_calls:NOT_FOUND': 1, 'service_calls:ok': 1 });
  });

  test('SV6 a call carries who asks, from where, how long they wait, and params as the table made them', async () => {
    const here = await node();
    const asked = await serve(priced(7));
    const bench = dispatchBench(shopMethods, here.services.handlers(shopMethods));
    Object.assign(bench.session, sessionOf('ada'));
    const answer = await bench.receive({ jsonrpc: '2.0', id: 1, method: 'shop.price', params: { item: 'sword' } });
    expect(answer).toEqual({ jsonrpc: '2.0', id: 1, result: { price: 7 } });
    expect(asked).toEqual([
      {
        v: 1,
        id: expect.stringMatching(/^[\w-]{21}$/),
        method: 'shop.price',
        params: { item: 'sword', count: 1 },
        user: { id: 'ada', name: 'Ada', role: 'player' },
        session: { id: 'session-of-ada', roomId: 'room-1', roomName: 'world' },
        deadline: 550,
      },
    ]);
    expect(callEnvelope.written.safeParse(asked[0]).success).toBe(true);
    const wrong = await bench.receive({ jsonrpc: '2.0', id: 2, method: 'shop.price', params: { item: 7 } });
    expect(wrong).toMatchObject({ error: { code: errors.INVALID_PARAMS.code } });
    expect(asked).toHaveLength(1);
  });

  test('SV7 a method that nobody serves is UNAVAILABLE at once', async () => {
    const here = await node();
    await expect(ask(here)).rejects.toMatchObject({ error: 'UNAVAILABLE' });
    expect(here.counters.all()).toEqual({ 'service_calls:UNAVAILABLE': 1 });
  });

  test('SV7 a service that is too slow is TIMEOUT, before the dispatcher would call it a fault', async () => {
    const here = await node();
    await serve(() => undefined);
    const bench = dispatchBench(shopMethods, here.services.handlers(shopMethods));
    Object.assign(bench.session, sessionOf('ada'));
    const answer = (await bench.receive({
      jsonrpc: '2.0',
      id: 1,
      method: 'shop.price',
      params: { item: 'sword' },
    })) as RpcResponse;
    expect(answer).toMatchObject({ error: { code: errors.TIMEOUT.code } });
    expect(bench.faults).toEqual([]);
    expect(bench.session.inFlight).toBe(0);
  });

  test('SV8 an error of the catalogue reaches the caller with its data, without the words of the service', async () => {
    const here = await node();
    await serve(() => ({
      v: 1,
      error: { code: errors.CONFLICT.code, message: 'secret', data: { current: 3 } },
      more: 1,
    }));
    const refused = ask(here);
    await expect(refused).rejects.toMatchObject({ error: 'CONFLICT', data: { current: 3 } });
    await expect(refused).rejects.not.toThrow('secret');
    expect(here.faults).toEqual([]);
  });

  test.each([
    ['an error that is not of the catalogue', { v: 1, error: { code: -31000, message: 'x' } }],
    ['an error without a message', { v: 1, error: { code: errors.CONFLICT.code } }],
    ['neither result nor error', { v: 1 }],
    ['both', { v: 1, result: { price: 1 }, error: { code: errors.CONFLICT.code, message: 'x' } }],
    ['another version', { v: 2, result: { price: 1 } }],
    ['no version', { result: { price: 1 } }],
    ['a result that the table does not allow', { v: 1, result: { price: 'dear' } }],
    ['a list', [{ v: 1, result: { price: 1 } }]],
    ['null', 'null'],
  ])('SV8 %s is INTERNAL_ERROR, and the log is told why', async (_what, answer) => {
    const here = await node();
    await serve(() => answer);
    await expect(ask(here)).rejects.toMatchObject({ error: 'INTERNAL_ERROR', data: undefined });
    expect(here.faults).toEqual([expect.stringContaining('shop.price: ')]);
    expect(here.counters.all()).toEqual({ 'service_calls:INTERNAL_ERROR': 1 });
  });

  test('SV8 an answer that is no JSON is INTERNAL_ERROR', async () => {
    const here = await node();
    await serve(() => '{');
    await expect(ask(here)).rejects.toMatchObject({ error: 'INTERNAL_ERROR' });
    expect(here.foreign).toEqual(['gatehouse.rpc.shop.price']);
  });

  test('SV9 params or an answer over 64 KiB are PAYLOAD_TOO_LARGE', async () => {
    const here = await node();
    const asked = await serve(() => ({ v: 1, result: { price: 1 }, filler: 'x'.repeat(70_000) }));
    await expect(ask(here, { item: 'x'.repeat(70_000) })).rejects.toMatchObject({ error: 'PAYLOAD_TOO_LARGE' });
    expect(asked).toEqual([]);
    await expect(ask(here)).rejects.toMatchObject({ error: 'PAYLOAD_TOO_LARGE' });
    expect(asked).toHaveLength(1);
  });

  test('SV10 of two services of a queue one answers a call, and the other goes on alone', async () => {
    const here = await node();
    const [first, second] = [await service(), await service()];
    const asked = [await serve(priced(1), first), await serve(priced(2), second)];
    for (let i = 0; i < 60; i++) await ask(here);
    expect(asked[0]!.length + asked[1]!.length).toBe(60);
    expect(Math.min(asked[0]!.length, asked[1]!.length)).toBeGreaterThan(0);
    await first.drain();
    for (let i = 0; i < 10; i++) expect(await ask(here)).toEqual({ price: 2 });
  });

  test('SV11 calls that wait at once are bounded, and their room is given back', async () => {
    const held: Array<(answer: unknown) => void> = [];
    const bus = { request: () => new Promise((resolve) => held.push(resolve)) } as unknown as RequestBus;
    const here = desk(bus);
    const waiting = Array.from({ length: MAX_SERVICE_CALLS }, () => ask(here));
    await expect(ask(here)).rejects.toMatchObject({ error: 'UNAVAILABLE' });
    for (const resolve of held) resolve({ v: 1, result: { price: 1 } });
    await Promise.all(waiting);
    const again = ask(here);
    held.at(-1)!({ v: 1, result: { price: 2 } });
    expect(await again).toEqual({ price: 2 });
  });
});

test('SV12 NATS stopped and started: calls are UNAVAILABLE meanwhile; notifications and services work after, without help', async () => {
  const here = await node();
  const shop = await service();
  await serve(priced(5), shop);
  here.notifications.add('ada', 's1');
  await here.notifications.listening('ada');
  expect(await ask(here)).toEqual({ price: 5 });

  await server.stop();
  await eventually(() => expect(here.bus.isReady()).toBe(false));
  await expect(ask(here)).rejects.toMatchObject({ error: 'UNAVAILABLE' });
  // Somebody comes and somebody goes meanwhile.
  here.notifications.add('bob', 's2');
  here.notifications.add('eve', 's3');
  here.notifications.remove('eve', 's3');

  const back = new Promise<void>((resolve) => here.bus.onReady(resolve));
  await server.restart();
  await back;
  await eventually(async () => expect(await ask(here)).toEqual({ price: 5 }));
  await shop.flush();
  for (const userId of ['ada', 'eve', 'bob']) {
    shop.publish(subjectOfNotify(userId), JSON.stringify({ v: 1, method: 'shop.back' }));
  }
  await eventually(() => expect(here.delivered.map(({ userId }) => userId).sort()).toEqual(['ada', 'bob']));
  expect(here.faults).toEqual([]);
});
