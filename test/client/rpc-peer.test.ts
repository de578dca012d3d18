import { getEventListeners } from 'node:events';
import { type ClientMethods, clientMethods, type ServerMethods, serverMethods } from '@gatehouse/schema';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import type { LogEntry } from '../../client/src/log.ts';
import { type Overflow, RpcPeer } from '../../client/src/rpc-peer.ts';
import { FakeClock, settled } from './support/fake-clock.ts';

interface Envelope {
  id?: number;
  method?: string;
  params?: unknown;
}

function makePeer(limits: { queueLimit?: number; pendingLimit?: number } = {}) {
  const clock = new FakeClock();
  const sent: Envelope[] = [];
  const log: LogEntry[] = [];
  const overflows: Overflow[] = [];
  const wire = { broken: false, onSend: (_envelope: Envelope): void => {} };
  const peer = new RpcPeer<ServerMethods, ClientMethods>({
    serverMethods,
    clientMethods,
    clock,
    send: (payload) => {
      if (wire.broken) throw new Error('not open');
      sent.push(payload as Envelope);
      wire.onSend(payload as Envelope);
    },
    log: (entry) => log.push(entry),
    onOverflow: (overflow) => overflows.push(overflow),
    queueLimit: 64,
    pendingLimit: 256,
    ...limits,
  });
  return { peer, clock, sent, log, overflows, wire };
}

function answer(peer: { receive(payload: unknown): void }, id: number | undefined, result: unknown): void {
  peer.receive({ jsonrpc: '2.0', id, result });
}

describe('a call', () => {
  test('CL6 sends one request and resolves with its result', async () => {
    const { peer, sent, clock } = makePeer();
    peer.open();
    const call = peer.call('system.ping', { echo: 'hi' });
    expect(sent).toEqual([{ jsonrpc: '2.0', id: 1, method: 'system.ping', params: { echo: 'hi' } }]);
    answer(peer, 1, { at: 5, echo: 'hi' });
    expect(await call).toEqual({ at: 5, echo: 'hi' });
    expect(clock.waiting).toBe(0);
  });

  test('CL6 rejects with the error of the catalogue and its data', async () => {
    const { peer, sent } = makePeer();
    peer.open();
    const call = peer.call('world.moveMark', { id: 'm', x: 1, y: 1, ifVersion: 3 });
    const error = { code: -32009, message: 'Someone else', data: { current: { version: 4 } } };
    peer.receive({ jsonrpc: '2.0', id: sent[0]?.id, error });
    await expect(call).rejects.toMatchObject({ name: 'CONFLICT', data: { current: { version: 4 } } });
  });

  test('CL6 rejects with TIMEOUT after its time, and ignores the late answer', async () => {
    const { peer, clock, log } = makePeer();
    peer.open();
    const call = peer.call('system.time');
    const failed = expect(call).rejects.toMatchObject({ name: 'TIMEOUT', retryable: true });
    clock.advance(10_000);
    await failed;
    answer(peer, 1, { now: 1, roomTime: 1 });
    expect(log.map(({ event }) => event)).toEqual(['rpc.strayAnswer']);
  });

  test('CL6 ends with the reason of its signal, before and after it was sent', async () => {
    const { peer, sent, clock } = makePeer();
    await expect(peer.call('system.time', {}, { signal: AbortSignal.abort('early') })).rejects.toBe('early');
    peer.open();
    const abort = new AbortController();
    const call = peer.call('system.time', {}, { signal: abort.signal });
    abort.abort('changed my mind');
    await expect(call).rejects.toBe('changed my mind');
    expect(sent).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  test('CL6 does not leave the client when it was ended while it waited', async () => {
    const { peer, sent } = makePeer();
    const abort = new AbortController();
    const call = peer.call('system.time', {}, { signal: abort.signal });
    abort.abort('changed my mind');
    await expect(call).rejects.toBe('changed my mind');
    peer.open();
    expect(sent).toEqual([]);
  });

  test('CL6 lets go of its signal when it is answered', async () => {
    const { peer } = makePeer();
    peer.open();
    const { signal } = new AbortController();
    const call = peer.call('system.ping', {}, { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    answer(peer, 1, { at: 1 });
    await call;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('CL6 rejects when its params cannot be put on the wire', async () => {
    const { peer, wire } = makePeer();
    peer.open();
    wire.broken = true;
    await expect(peer.call('system.time')).rejects.toMatchObject({ name: 'UNKNOWN', cause: new Error('not open') });
  });

  test('CL7 waits for a connection, and leaves in the order of the calls', () => {
    const { peer, sent } = makePeer();
    void peer.call('system.time').catch(() => {});
    peer.notify('world.say', { text: 'two' });
    void peer.call('system.ping', { echo: 3 }).catch(() => {});
    expect(sent).toEqual([]);
    peer.open();
    expect(sent.map(({ method }) => method)).toEqual(['system.time', 'world.say', 'system.ping']);
  });

  test('CL7 keeps the order when something is asked while the queue empties, and stops when the connection goes', () => {
    const { peer, sent, wire } = makePeer();
    for (const echo of [1, 2, 3]) peer.notify('system.ping', { echo });
    wire.onSend = ({ params }) => {
      const { echo } = params as { echo: number };
      if (echo === 1) peer.notify('system.ping', { echo: 4 });
      if (echo === 2) peer.lose();
    };
    const echoes = (): unknown[] => sent.map(({ params }) => (params as { echo: number }).echo);
    peer.open();
    expect(echoes()).toEqual([1, 2]);
    peer.open();
    expect(echoes()).toEqual([1, 2, 3, 4]);
  });

  test('CL7 sends again what has no answer, with the same id and before what waited; nothing that has one', async () => {
    const { peer, sent } = makePeer();
    peer.open();
    const [answered, first, second] = [1, 2, 3].map((echo) => peer.call('system.ping', { echo }));
    peer.notify('world.say', { text: 'once' });
    answer(peer, 1, { at: 1, echo: 1 });
    await answered;
    peer.lose();
    const waiting = peer.call('system.ping', { echo: 4 });
    peer.open();
    expect(sent.map(({ id, method }) => id ?? method)).toEqual([1, 2, 3, 'world.say', 2, 3, 4]);
    expect(sent[4]).toEqual(sent[1]);
    for (const id of [4, 3, 2]) answer(peer, id, { at: 1, echo: id });
    expect(await Promise.all([first, second, waiting])).toMatchObject([{ echo: 2 }, { echo: 3 }, { echo: 4 }]);
    peer.lose();
    peer.open();
    expect(sent).toHaveLength(7);
  });

  test('CL7 keeps the order when something is asked while it sends again, and stops when the connection goes', () => {
    const { peer, sent, wire } = makePeer();
    peer.open();
    for (const echo of [1, 2, 3]) void peer.call('system.ping', { echo }).catch(() => {});
    peer.lose();
    wire.onSend = ({ id }) => {
      if (id === 1 && sent.length === 4) void peer.call('system.ping', { echo: 4 }).catch(() => {});
      if (id === 2 && sent.length === 5) peer.lose();
    };
    peer.open();
    expect(sent.map(({ id }) => id)).toEqual([1, 2, 3, 1, 2]);
    peer.open();
    expect(sent.map(({ id }) => id)).toEqual([1, 2, 3, 1, 2, 1, 2, 3, 4]);
  });

  test('CL7 sends nothing again whose time is over', async () => {
    const { peer, sent, clock } = makePeer();
    peer.open();
    const call = peer.call('system.time', {}, { timeoutMs: 100 });
    const failed = expect(call).rejects.toMatchObject({ name: 'TIMEOUT' });
    peer.lose();
    clock.advance(100);
    await failed;
    peer.open();
    expect(sent).toHaveLength(1);
  });

  test('CL7 rejects everything at the end, and every call after it', async () => {
    const { peer, sent, clock } = makePeer();
    const waiting = peer.call('system.time');
    peer.end();
    await expect(waiting).rejects.toMatchObject({ name: 'CONNECTION_LOST' });
    await expect(peer.call('system.time')).rejects.toMatchObject({ name: 'CONNECTION_LOST' });
    expect(() => peer.notify('world.say', { text: 'x' })).toThrow(expect.objectContaining({ name: 'CONNECTION_LOST' }));
    peer.open();
    expect(sent).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  test('CL5 gives up its place in the queue when its time is over', async () => {
    const { peer, clock, sent } = makePeer({ queueLimit: 1 });
    const first = peer.call('system.time', {}, { timeoutMs: 100 });
    const failed = expect(first).rejects.toMatchObject({ name: 'TIMEOUT' });
    clock.advance(100);
    await failed;
    const second = peer.call('system.ping');
    peer.open();
    expect(sent.map(({ method }) => method)).toEqual(['system.ping']);
    answer(peer, 2, { at: 1 });
    await second;
  });

  test('CL5 drops a notification that waited too long, and says so', () => {
    const { peer, clock, sent, log } = makePeer();
    peer.notify('world.say', { text: 'hello?' }, { timeoutMs: 1_000 });
    clock.advance(1_000);
    peer.open();
    expect(sent).toEqual([]);
    expect(log).toMatchObject([{ event: 'rpc.notificationExpired', method: 'world.say' }]);
  });

  test('CL12 is refused with QUEUE_FULL when the queue is full, and the others stay', async () => {
    const { peer, sent, overflows } = makePeer({ queueLimit: 1 });
    void peer.call('system.time').catch(() => {});
    await expect(peer.call('system.ping')).rejects.toMatchObject({ name: 'QUEUE_FULL', retryable: true });
    expect(() => peer.notify('world.say', { text: 'x' })).toThrow(expect.objectContaining({ name: 'QUEUE_FULL' }));
    expect(overflows).toEqual([
      { bound: 'queue', limit: 1, method: 'system.ping' },
      { bound: 'queue', limit: 1, method: 'world.say' },
    ]);
    peer.open();
    expect(sent.map(({ method }) => method)).toEqual(['system.time']);
  });

  test('CL12 is refused with QUEUE_FULL when too many calls have no answer', async () => {
    const { peer, overflows } = makePeer({ pendingLimit: 2 });
    peer.open();
    const first = peer.call('system.time');
    void peer.call('system.time').catch(() => {});
    await expect(peer.call('system.time')).rejects.toMatchObject({ name: 'QUEUE_FULL' });
    expect(overflows).toEqual([{ bound: 'pending', limit: 2, method: 'system.time' }]);
    answer(peer, 1, { now: 1, roomTime: 1 });
    await first;
    void peer.call('system.time').catch(() => {});
    expect(overflows).toHaveLength(1);
  });

  test('CL9 rejects a result that its table does not allow', async () => {
    const { peer, log } = makePeer();
    peer.open();
    const call = peer.call('system.time');
    answer(peer, 1, { now: 'noon', roomTime: 1 });
    await expect(call).rejects.toMatchObject({ name: 'UNKNOWN' });
    expect(log).toMatchObject([{ event: 'rpc.badResult', method: 'system.time' }]);
  });

  test('CL9 takes a result of a newer server that says more', async () => {
    const { peer } = makePeer();
    peer.open();
    const call = peer.call('presence.list');
    const user = { userId: 'u', name: 'U', status: 'online', lastSeen: 1, where: [], mood: 'fine' };
    answer(peer, 1, { users: [user], next: null, total: 1 });
    expect((await call).users[0]?.name).toBe('U');
  });

  test('CL6 knows params and results by the tables', () => {
    const { peer } = makePeer();
    // Only for the compiler: what is allowed, and what is not.
    const typed = (): unknown[] => [
      peer.call('system.time'),
      peer.call('presence.list'),
      peer.call('player.get', { userId: 'u' }, { timeoutMs: 1 }),
      // @ts-expect-error params are required
      peer.call('world.say'),
      // @ts-expect-error not a method
      peer.call('world.fly', {}),
      // @ts-expect-error not its params
      peer.call('world.say', { text: 1 }),
      // @ts-expect-error a request needs its result
      peer.serve('client.ping', () => undefined),
    ];
    expect(typed).toBeTypeOf('function');
    expectTypeOf(peer.call<'session.refresh'>).returns.resolves.toEqualTypeOf<{ expiresAt: number }>();
    expectTypeOf(peer.call<'world.removeMark'>).returns.resolves.toEqualTypeOf<null>();
    peer.serve('world.said', ({ text }) => expectTypeOf(text).toEqualTypeOf<string>());
  });
});

describe('serving', () => {
  test('CL10 answers a request with the result of the latest handler', async () => {
    const { peer, sent } = makePeer();
    peer.open();
    peer.serve('client.ping', () => ({ at: 1 }));
    const off = peer.serve('client.ping', async () => ({ at: 2 }));
    peer.receive({ jsonrpc: '2.0', id: 'a', method: 'client.ping', params: {} });
    await settled();
    off();
    peer.receive({ jsonrpc: '2.0', id: 'b', method: 'client.ping' });
    await settled();
    expect(sent).toEqual([
      { jsonrpc: '2.0', id: 'a', result: { at: 2 } },
      { jsonrpc: '2.0', id: 'b', result: { at: 1 } },
    ]);
  });

  test.each([
    ['nobody.knows', {}, -32601],
    ['world.said', {}, -32601],
    ['constructor', {}, -32601],
    ['client.ping', { extra: [] }, null],
    ['client.ping', ['too', 'many'], -32602],
    ['session.expiring', { expiresAt: 'soon', closesAt: 1 }, -32602],
  ])('CL10 answers %s with params %j by the catalogue: %s', async (method, params, code) => {
    const { peer, sent } = makePeer();
    peer.open();
    peer.serve('client.ping', () => ({ at: 1 }));
    peer.serve('session.expiring', () => {});
    peer.receive({ jsonrpc: '2.0', id: 7, method, params });
    await settled();
    if (code === null) expect(sent).toEqual([{ jsonrpc: '2.0', id: 7, result: { at: 1 } }]);
    else expect(sent).toMatchObject([{ jsonrpc: '2.0', id: 7, error: { code } }]);
  });

  test('CL10 answers INTERNAL_ERROR for a handler that fails, and tells nothing of why', async () => {
    const { peer, sent, log } = makePeer();
    peer.open();
    peer.serve('client.ping', () => {
      throw new Error('secret');
    });
    peer.receive({ jsonrpc: '2.0', id: 7, method: 'client.ping' });
    await settled();
    expect(sent).toEqual([{ jsonrpc: '2.0', id: 7, error: { code: -32603, message: 'Internal error' } }]);
    expect(log).toMatchObject([{ event: 'rpc.handlerFailed', method: 'client.ping' }]);
  });

  test('CL43 gives a numbered notification to its handlers once, however often it comes', () => {
    const { peer } = makePeer();
    peer.open();
    const heard: string[] = [];
    peer.serve('world.said', ({ text }) => void heard.push(text));
    const say = (text: string, seq?: unknown): void => {
      const params = { sessionId: 's', userId: 'u', name: 'n', text, at: 1 };
      peer.receive({ jsonrpc: '2.0', method: 'world.said', params, ...(seq === undefined ? {} : { seq }) });
    };
    say('one', { epoch: 1, n: 4 });
    say('two', { epoch: 1, n: 7 });
    peer.lose();
    peer.open();
    say('one', { epoch: 1, n: 4 });
    say('two', { epoch: 1, n: 7 });
    say('three', { epoch: 1, n: 8 });
    // Another owner of the room, from before what was said last.
    say('four', { epoch: 2, n: 6 });
    say('three', { epoch: 1, n: 8 });
    for (const seq of [undefined, null, 'x', { epoch: 1 }, { epoch: 1, n: -1 }]) say('unnumbered', seq);
    expect(heard).toEqual(['one', 'two', 'three', 'four', ...Array(5).fill('unnumbered')]);
  });

  test('CL10 does not send the answer of a lost connection on the next', async () => {
    const { peer, sent } = makePeer();
    peer.open();
    peer.serve('client.ping', () => ({ at: 1 }));
    peer.receive({ jsonrpc: '2.0', id: 7, method: 'client.ping' });
    peer.lose();
    peer.open();
    await settled();
    expect(sent).toEqual([]);
  });

  test('CL10 answers a batch with a batch, and a batch of notifications not at all', async () => {
    const { peer, sent } = makePeer();
    peer.open();
    peer.serve('client.ping', () => ({ at: 1 }));
    const call = peer.call('system.time');
    const said = { sessionId: 's', userId: 'u', name: 'n', text: 't', at: 1 };
    peer.receive([
      { jsonrpc: '2.0', id: 'a', method: 'client.ping' },
      { jsonrpc: '2.0', method: 'world.said', params: said },
      { jsonrpc: '2.0', id: 1, result: { now: 1, roomTime: 2 } },
      { jsonrpc: '2.0', id: 'b', method: 'nobody.knows' },
    ]);
    peer.receive([{ jsonrpc: '2.0', method: 'world.said', params: said }]);
    peer.receive([]);
    expect(await call).toEqual({ now: 1, roomTime: 2 });
    await settled();
    expect(sent.slice(1)).toEqual([
      [
        { jsonrpc: '2.0', id: 'a', result: { at: 1 } },
        { jsonrpc: '2.0', id: 'b', error: expect.objectContaining({ code: -32601 }) },
      ],
    ]);
  });

  test('CL11 gives a notification to all its handlers, whatever one of them does', async () => {
    const { peer, log } = makePeer();
    const heard: string[] = [];
    peer.serve('world.said', () => {
      throw new Error('mine');
    });
    peer.serve('world.said', async () => {
      throw new Error('mine too');
    });
    peer.serve('world.said', ({ text }) => heard.push(text));
    const params = { sessionId: 's', userId: 'u', name: 'n', text: 'hi', at: 1, newer: true };
    peer.receive({ jsonrpc: '2.0', method: 'world.said', params });
    await settled();
    expect(heard).toEqual(['hi']);
    expect(log.map(({ event }) => event)).toEqual(['rpc.handlerFailed', 'rpc.handlerFailed']);
  });

  test('CL11 logs and ignores a notification that it does not know, or whose params are wrong', () => {
    const { peer, log, sent } = makePeer();
    peer.open();
    const heard: unknown[] = [];
    peer.serve('world.said', (params) => heard.push(params));
    peer.receive({ jsonrpc: '2.0', method: 'nobody.knows' });
    peer.receive({ jsonrpc: '2.0', method: 'world.said', params: { text: 1 } });
    expect([heard, sent]).toEqual([[], []]);
    expect(log.map(({ event }) => event)).toEqual(['rpc.unknownNotification', 'rpc.badParams']);
  });
});

const hostile = fc.oneof(
  fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true, withTypedArray: true }),
  fc.record(
    {
      jsonrpc: fc.constantFrom('2.0', '1.0', 2),
      id: fc.oneof(fc.integer({ min: -2, max: 6 }), fc.string(), fc.anything()),
      method: fc.oneof(fc.constantFrom(...Object.keys(clientMethods), '__proto__', 'constructor'), fc.anything()),
      params: fc.anything(),
      result: fc.anything(),
      error: fc.oneof(fc.anything(), fc.record({ code: fc.integer(), message: fc.string(), data: fc.anything() })),
    },
    { requiredKeys: ['jsonrpc'] },
  ),
);

describe('a hostile other end', () => {
  test('CL8 never makes receive throw, nor anything reject unheard', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(hostile, fc.array(hostile)), { maxLength: 8 }), async (payloads) => {
        const { peer, sent } = makePeer();
        peer.serve('client.ping', () => ({ at: 1 }));
        peer.open();
        const call = peer.call('rpc.discover').then(
          () => 'resolved',
          () => 'rejected',
        );
        for (const payload of payloads) peer.receive(payload);
        peer.end();
        expect(['resolved', 'rejected']).toContain(await call);
        // What is answered is well formed, whatever came.
        for (const reply of sent.slice(1).flat()) expect(reply).toMatchObject({ jsonrpc: '2.0' });
      }),
      { numRuns: 300 },
    );
  });

  test('CL8 survives a table whose check itself fails', async () => {
    const { peer: _, ...parts } = makePeer();
    const params = z.strictObject({ a: z.string().refine(async () => true) });
    const table = { odd: { summary: '', params, result: z.null() } };
    const options = { onOverflow: () => {}, queueLimit: 1, pendingLimit: 1 };
    const peer = new RpcPeer({
      ...options,
      clock: parts.clock,
      log: (entry) => parts.log.push(entry),
      serverMethods: table,
      clientMethods: table,
      send: (payload) => parts.sent.push(payload as Envelope),
    });
    peer.open();
    peer.serve('odd', () => null);
    peer.receive({ jsonrpc: '2.0', method: 'odd', params: { a: 'x' } });
    peer.receive({ jsonrpc: '2.0', id: 1, method: 'odd', params: { a: 'x' } });
    await settled();
    expect(parts.sent).toMatchObject([{ id: 1, error: { code: -32602 } }]);
    expect(parts.log.map(({ event }) => event)).toEqual(['rpc.badParams', 'rpc.badParams']);
  });

  const event = fc.oneof(
    fc.record({ do: fc.constantFrom('open', 'lose', 'end', 'break', 'mend') }),
    fc.record({ do: fc.constant('call'), timeoutMs: fc.integer({ min: 1, max: 100 }) }),
    fc.record({ do: fc.constantFrom('result', 'error', 'abort'), id: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 1, max: 60 }) }),
  );

  test('CL6 settles each call exactly once, whatever happens and in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
        const { peer, clock, wire, sent } = makePeer({ queueLimit: 3, pendingLimit: 6 });
        const settlements: number[] = [];
        const aborts: AbortController[] = [];
        const calls: Promise<void>[] = [];
        for (const now of events) {
          if (now.do === 'open') peer.open();
          if (now.do === 'lose') peer.lose();
          if (now.do === 'end') peer.end();
          if (now.do === 'break' || now.do === 'mend') wire.broken = now.do === 'break';
          if ('ms' in now) clock.advance(now.ms);
          if ('id' in now && now.do === 'result') answer(peer, now.id, { now: 1, roomTime: 1 });
          if ('id' in now && now.do === 'error')
            peer.receive({ jsonrpc: '2.0', id: now.id, error: { code: 1, message: '' } });
          if ('id' in now && now.do === 'abort') aborts[now.id]?.abort('abort');
          if ('timeoutMs' in now) {
            const index = calls.length;
            const abort = new AbortController();
            aborts.push(abort);
            settlements.push(0);
            const settle = (): void => {
              settlements[index] = (settlements[index] ?? 0) + 1;
            };
            const options = { timeoutMs: now.timeoutMs, signal: abort.signal };
            calls.push(peer.call('system.time', {}, options).then(settle, settle));
          }
        }
        clock.advance(100);
        await Promise.all(calls);
        expect(settlements.every((count) => count === 1)).toBe(true);
        expect(clock.waiting).toBe(0);
        // In order, and none twice on one connection.
        const ids = sent.map(({ id }) => id ?? 0);
        const first = ids.filter((id, i) => ids.indexOf(id) === i);
        expect(first).toEqual([...first].sort((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });
});
