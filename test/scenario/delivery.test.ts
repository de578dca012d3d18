import { type SchemaType, schema, t } from '@colyseus/schema';
import type { Room } from '@colyseus/sdk';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { BATCHES_OPTION, clientMethods, defineMethods, errors } from '../../schema/index.ts';
import { type Delivery, GameRoom, type Handlers } from '../../src/index.ts';
import { join, startGatehouse } from '../support/gatehouse.ts';
import { RawClient } from '../support/raw-client.ts';
import { rpc } from '../support/rpc.ts';

const events = defineMethods({
  'talk.said': {
    summary: 'Something was said.',
    params: z.strictObject({ text: z.string(), fill: z.string() }),
    result: z.null(),
  },
});
const methods = defineMethods({
  'talk.say': {
    summary: 'Says all of it in one turn.',
    params: z.strictObject({
      lines: z.array(z.strictObject({ text: z.string(), bytes: z.int(), delivery: z.unknown() })),
    }),
    result: z.null(),
  },
  'talk.recite': { summary: 'Says more than may ever wait.', params: z.strictObject({}), result: z.string() },
});

/** The SDK comes back only into rooms that have a state. */
const TalkState = schema({ lines: t.uint32().default(0) }, 'TalkState');
type TalkState = SchemaType<typeof TalkState>;

class TalkRoom extends GameRoom<TalkState, typeof methods, typeof clientMethods & typeof events> {
  static override methods = methods;
  override state = new TalkState();
  override handlers: Handlers<typeof methods> = {
    'talk.say': ({ lines }, { session }) => {
      for (const { text, bytes, delivery } of lines) {
        const params = { text, fill: '.'.repeat(bytes) };
        this.notify(session, 'talk.said', params, delivery as Delivery);
      }
      return null;
    },
    'talk.recite': () => '.'.repeat(1_100_000),
  };
}

interface Line {
  text: string;
  bytes: number;
  delivery?: Delivery;
}

/** So slow that the order of what waits can be seen: half of it at once, then so many bytes a second. */
const BYTES_PER_SECOND = 20_000;
const rooms = { talk: TalkRoom };
const slow = await startGatehouse({ SEND_BYTES_PER_SECOND: String(BYTES_PER_SECOND), MAX_PAYLOAD: '65536' }, { rooms });
const bulk = { text: 'bulk', bytes: BYTES_PER_SECOND };

/** What an unmodified client hears, in order. */
function hear(room: Room): Array<Record<string, never>> {
  const heard: Array<Record<string, never>> = [];
  room.onMessage('rpc', (message) => heard.push(message));
  return heard;
}

const texts = (heard: Array<{ params?: { text?: string } }>) => heard.flatMap(({ params }) => params?.text ?? []);
const say = (room: Room, lines: Line[]) =>
  room.send('rpc', {
    jsonrpc: '2.0',
    method: 'talk.say',
    params: { lines: lines.map((line) => ({ delivery: {}, ...line })) },
  });

test('OB17 an unmodified client sees that critical comes first, high before normal before low, each in its order', async () => {
  const room = await join(slow.sdk('ada'), 'talk');
  const heard = hear(room);
  const line = (text: string, priority: Delivery['priority']): Line => ({
    text,
    bytes: 1_500,
    delivery: { priority: priority!, maxAge: 60_000 },
  });
  say(room, [
    bulk,
    ...(['low', 'normal', 'high', 'critical'] as const).flatMap((each) => [
      line(`${each} 1`, each),
      line(`${each} 2`, each),
    ]),
  ]);
  await expect.poll(() => texts(heard).length, { timeout: 15_000 }).toBe(9);
  const order = texts(heard);
  expect(order.slice(0, 3)).toEqual(['bulk', 'critical 1', 'critical 2']);
  const at = (text: string) => order.indexOf(text);
  for (const each of ['low', 'normal', 'high']) expect(at(`${each} 1`)).toBeLessThan(at(`${each} 2`));
  expect(at('high 2')).toBeLessThan(at('low 2'));
  expect(at('normal 2')).toBeLessThan(at('low 2'));
});

test('OB17 of messages with a key it sees the latest only, and none that got too old', async () => {
  const room = await join(slow.sdk('bob'), 'talk');
  const heard = hear(room);
  say(room, [
    bulk,
    { text: 'score 1', bytes: 10, delivery: { key: 'score' } },
    { text: 'score 2', bytes: 10, delivery: { key: 'score' } },
    { text: 'brief', bytes: 10, delivery: { maxAge: 1 } },
    { text: 'low', bytes: 10, delivery: { priority: 'low', maxAge: 1 } },
    { text: 'last', bytes: 10 },
  ]);
  await expect.poll(() => texts(heard), { timeout: 15_000 }).toEqual(['bulk', 'score 2', 'last']);
});

test('OB17 it is told how its link is, as it gets worse and well again', async () => {
  const room = await join(slow.sdk('eve'), 'talk');
  const heard = hear(room) as unknown as Array<{ method: string; params: { step: string; waitingBytes: number } }>;
  say(
    room,
    Array.from({ length: 4 }, (_, i) => ({ text: `${i}`, bytes: BYTES_PER_SECOND })),
  );
  const steps = () => heard.filter(({ method }) => method === 'system.linkQuality').map(({ params }) => params.step);
  await expect.poll(() => steps().at(-1), { timeout: 15_000 }).toBe('free');
  expect(steps().length).toBeGreaterThan(1);
  const { params } = heard.find(({ method }) => method === 'system.linkQuality')!;
  expect(clientMethods['system.linkQuality'].params.safeParse(params).success).toBe(true);
});

test('OB18 what is larger than may wait is refused and counted; the connection goes on', async () => {
  const small = { text: 'after', bytes: 1 };
  const room = await join(slow.sdk('mallory'), 'talk');
  const heard = hear(room);
  say(room, [bulk, { text: 'giant', bytes: 2_000_000 }, small]);
  await expect.poll(() => texts(heard), { timeout: 15_000 }).toEqual(['bulk', 'after']);
  expect(slow.platform.counters.all()).toMatchObject({ 'outbox:too_large': 1 });
});

test('OB18 an answer that is larger than may wait is PAYLOAD_TOO_LARGE', async () => {
  const room = await join(slow.sdk('poet'), 'talk');
  expect(await rpc(room, 'talk.recite', {})).toMatchObject({ error: { code: errors.PAYLOAD_TOO_LARGE.code } });
  expect((await rpc(room, 'system.ping', {})).result).toBeDefined();
});

test('OB19 who takes batches gets what was said in one turn as one, in order; others get each by itself', async () => {
  const lines = [1, 2, 3].map((n) => ({ text: `line ${n}`, bytes: 10 }));
  const [one, other] = [
    await join(slow.sdk('ann'), 'talk', { [BATCHES_OPTION]: true }),
    await join(slow.sdk('ben'), 'talk'),
  ];
  const [batches, singles] = [hear(one), hear(other)];
  for (const room of [one, other]) await rpc(room, 'talk.say', { lines: [] }).catch(() => {});
  const before = batches.length;
  say(one, lines);
  say(other, lines);
  await expect.poll(() => texts(singles)).toEqual(['line 1', 'line 2', 'line 3']);
  await expect.poll(() => batches.length).toBe(before + 1);
  expect(texts(batches.at(-1) as never)).toEqual(['line 1', 'line 2', 'line 3']);
});

test('OB20 a room that says more in one turn than may ever wait ends the connection of a slow client, which can come back; no other notices', async () => {
  const [room, bystander] = [await join(slow.sdk('max'), 'talk'), await join(slow.sdk('moe'), 'talk')];
  room.reconnection.minUptime = 0;
  const back = new Promise((resolve) => room.onReconnect(() => resolve(room.sessionId)));
  const dropped = new Promise<number>((resolve) => room.onDrop((code) => resolve(code)));
  const session = slow.platform.sessions.get(room.sessionId)!;
  const owner = slow.platform.sessions;
  for (let i = 0; i < 40; i++) owner.notifyUser('max', 'talk.said', { text: `${i}`, fill: '.'.repeat(50_000) });
  expect(await dropped).toBe(4010);
  expect(await back).toBe(session.id);
  expect((await rpc(bystander, 'system.ping', {})).result).toBeDefined();
});

test('OB24 a client that takes it gets what is large deflated, without noticing; one that does not gets it as it is', async () => {
  const bytesFor = async (perMessageDeflate: boolean) => {
    const client = await RawClient.join(slow.url, slow.token('zoe'), { room: 'talk', perMessageDeflate });
    await client.settled();
    const raw = () => (client.socket as unknown as { _socket: { bytesRead: number } })._socket.bytesRead;
    const before = raw();
    slow.platform.sessions.notifyUser('zoe', 'talk.said', { text: 'large', fill: '.'.repeat(8_000) });
    const { params } = await client.answer(({ method }) => method === 'talk.said');
    expect(params).toEqual({ text: 'large', fill: '.'.repeat(8_000) });
    const bytes = raw() - before;
    await client.leave();
    return bytes;
  };
  expect(await bytesFor(true)).toBeLessThan(500);
  expect(await bytesFor(false)).toBeGreaterThan(8_000);
});

test('OB26 a compression bomb costs its own connection, and no more memory than a message may have', async () => {
  const client = await RawClient.join(slow.url, slow.token('bomber'), { room: 'talk', perMessageDeflate: true });
  await client.settled();
  const before = process.memoryUsage().rss;
  // 64 MiB of nothing, some 64 KB on the wire.
  client.socket.send(Buffer.alloc(67_108_864), { compress: true, binary: true });
  expect((await client.closed).code).toBe(1009);
  expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  const other = await RawClient.join(slow.url, slow.token('other'), { room: 'talk' });
  await other.settled();
  await other.leave();
});

test('OB24 a client that asks for a smaller window gets frames as they are', async () => {
  const client = await RawClient.join(slow.url, slow.token('odd'), {
    room: 'talk',
    perMessageDeflate: { serverMaxWindowBits: 9 },
  });
  await client.settled();
  expect(client.socket.extensions).toBe('permessage-deflate');
  const first: number[] = [];
  const raw = (client.socket as unknown as { _socket: NodeJS.EventEmitter })._socket;
  raw.prependListener('data', (chunk: Buffer) => first.push(chunk[0]!));
  slow.platform.sessions.notifyUser('odd', 'talk.said', { text: 'large', fill: '.'.repeat(8_000) });
  await client.answer(({ method }) => method === 'talk.said');
  expect(first[0]).toBe(0x82);
  await client.leave();
});
