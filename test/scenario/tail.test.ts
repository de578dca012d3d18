import { Client, getStateCallbacks, type Room } from '@colyseus/sdk';
import { Redis } from 'ioredis';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { RPC_MESSAGE, type WorldState } from '../../schema/index.ts';
import { Cluster } from '../support/cluster.ts';
import { rpc } from '../support/rpc.ts';

const cluster = await Cluster.start((end) => afterAll(end));
/** So long that what is done right after a snapshot is in none. */
const ENV = { SNAPSHOT_INTERVAL: '4' };

/** One with a world and who founded it, and one beside it. */
async function twoNodes(env: Record<string, string>) {
  const owner = await cluster.node(env);
  const client = new Client(owner.url);
  client.auth.token = cluster.token('founder');
  const founder = await client.create<WorldState>('world');
  founder.reconnection.enabled = false;
  founder.onMessage('*', () => {});
  const other = await cluster.node(env);
  onTestFinished(async () => {
    await Promise.all([owner.end('SIGKILL'), other.end('SIGKILL')]);
  });
  return { owner, other, founder };
}

test('TL1 what was answered and said since the last snapshot is not lost with a killed owner, nor anybody sees it twice', {
  timeout: 60_000,
}, async () => {
  const { owner, other, founder } = await twoNodes(ENV);
  const { roomId } = founder;
  const [ann, ben] = [await enter('ann'), await enter('ben')];
  const old = (await rpc(ann.room, 'world.placeMark', { x: 900, y: 900, label: 'old' })).result as { id: string };
  await expect.poll(() => ben.room.state.marks.get(old.id)?.label).toBe('old');
  await snapshotWith(roomId, 'old');
  const joined = ben.room.state.marks.get(old.id)!;
  const seen = { ann: ann.watch(), ben: ben.watch() };

  const late = (await rpc(ann.room, 'world.placeMark', { x: 500, y: 600, label: 'late' })).result as { id: string };
  await expect.poll(() => ben.room.state.marks.get(late.id)?.label).toBe('late');
  const lateOfBen = ben.room.state.marks.get(late.id)!;
  const said = await rpc(ann.room, 'world.say', { text: 'before the end' }, 4_711);
  const back = [ann, ben].map(({ room }) => new Promise<void>((resolve) => room.onReconnect(() => resolve())));
  const moved = await rpc(ben.room, 'world.moveMark', { id: old.id, x: 111, y: 222, ifVersion: 1 });
  // In the turn of the answer: nothing has had the time to be saved but what was before it.
  owner.process.kill('SIGKILL');
  expect(moved.result).toMatchObject({ version: 2 });
  await Promise.all(back);

  for (const { room, messages } of [ann, ben]) {
    await expect.poll(() => room.state.marks.get(old.id)).toMatchObject({ x: 111, y: 222, version: 2 });
    expect(room.state.marks.get(late.id)).toMatchObject({ x: 500, y: 600, label: 'late' });
    await expect
      .poll(() => messages.find(({ method }) => method === 'session.recovered')?.params)
      .toMatchObject({ recovered: true });
    const numbers = messages.filter(({ method }) => method === 'world.said').map(({ seq }) => seq?.n);
    expect(new Set(numbers)).toEqual(new Set([1]));
  }
  // The same instances, and so no callback.
  expect(ben.room.state.marks.get(late.id)).toBe(lateOfBen);
  expect(ben.room.state.marks.get(old.id)).toBe(joined);
  expect(seen).toEqual({ ann: [`+${late.id}`], ben: [`+${late.id}`] });

  // Asked again it is not said again.
  expect(await rpc(ann.room, 'world.say', { text: 'before the end' }, 4_711)).toEqual(said);
  // What is new has a number that nobody knows.
  const next = (await rpc(ben.room, 'world.placeMark', { x: 50, y: 60, label: 'next' })).result as { id: string };
  for (const { room } of [ann, ben]) await expect.poll(() => room.state.marks.get(next.id)?.label).toBe('next');
  await rpc(ann.room, 'world.say', { text: 'after it' });
  await expect
    .poll(() => ben.messages.findLast(({ method }) => method === 'world.said'))
    .toMatchObject({ params: { text: 'after it' }, seq: { epoch: 2, n: 2 } });
  expect(other.lines.filter(({ msg }) => msg === 'a request was not carried out again')).toEqual([]);

  async function enter(name: string) {
    const client = new Client(other.url);
    client.auth.token = cluster.token(name);
    const room = await client.joinById<WorldState>(roomId);
    Object.assign(room.reconnection, { minUptime: 0, maxDelay: 400 });
    const messages: Notified[] = [];
    room.onMessage(RPC_MESSAGE, (message: Notified) => messages.push(message));
    await expect.poll(() => room.state?.players?.has(room.sessionId)).toBe(true);
    return { room, messages, watch: () => watch(room) };
  }
});

test('CY20 who has joined is in a snapshot a moment later, however seldom one is taken, and keeps the seat when the owner is killed', {
  timeout: 60_000,
}, async () => {
  const { owner, other, founder } = await twoNodes({ SNAPSHOT_INTERVAL: '60' });
  const client = new Client(other.url);
  client.auth.token = cluster.token('dora');
  const room = await client.joinById<WorldState>(founder.roomId);
  room.onMessage('*', () => {});
  Object.assign(room.reconnection, { minUptime: 0, maxDelay: 400 });
  const { sessionId } = room;
  await snapshotWith(room.roomId, sessionId);
  const back = new Promise<void>((resolve) => room.onReconnect(() => resolve()));
  await owner.end('SIGKILL');
  await back;
  expect(room.sessionId).toBe(sessionId);
  expect((await rpc(room, 'session.get', {})).result).toMatchObject({ id: sessionId, state: 'online' });
});

test('TL7 what a player did who has left since is carried out again', { timeout: 60_000 }, async () => {
  const owner = await cluster.node(ENV);
  const founder = await as(owner.url, 'founder').create<WorldState>('world');
  founder.reconnection.enabled = false;
  founder.onMessage('*', () => {});
  const other = await cluster.node(ENV);
  onTestFinished(async () => {
    await Promise.all([owner.end('SIGKILL'), other.end('SIGKILL')]);
  });
  const [stays, leaves] = await Promise.all(
    ['stays', 'leaves'].map((name) => as(other.url, name).joinById<WorldState>(founder.roomId)),
  );
  for (const room of [stays!, leaves!]) room.onMessage('*', () => {});
  Object.assign(stays!.reconnection, { minUptime: 0, maxDelay: 400 });
  const back = new Promise<void>((resolve) => stays!.onReconnect(() => resolve()));
  await rpc(leaves!, 'world.placeMark', { x: 1, y: 1, label: 'saved' });
  await snapshotWith(founder.roomId, 'saved');
  const { id } = (await rpc(leaves!, 'world.placeMark', { x: 2, y: 2, label: 'late' })).result as { id: string };
  await leaves!.leave();
  await expect.poll(() => stays!.state.players.has(leaves!.sessionId)).toBe(false);
  owner.process.kill('SIGKILL');
  await back;
  await expect.poll(() => stays!.state.marks.get(id)).toMatchObject({ label: 'late' });
  await expect.poll(() => stays!.state.players.has(leaves!.sessionId)).toBe(false);
});

function as(url: string, name: string): Client {
  const client = new Client(url);
  client.auth.token = cluster.token(name);
  return client;
}

interface Notified {
  readonly method: string;
  readonly params: Record<string, unknown>;
  readonly seq?: { readonly epoch: number; readonly n: number };
}

/** Marks that come and go from now on. */
function watch(room: Room<unknown, WorldState>): string[] {
  const seen: string[] = [];
  const callbacks = getStateCallbacks(room as never) as unknown as (state: unknown) => {
    marks: {
      onAdd(on: (mark: unknown, id: string) => void, now: boolean): void;
      onRemove(on: (mark: unknown, id: string) => void): void;
    };
  };
  callbacks(room.state).marks.onAdd((_mark, id) => seen.push(`+${id}`), false);
  callbacks(room.state).marks.onRemove((_mark, id) => seen.push(`-${id}`));
  return seen;
}

/** Until the snapshot has this text, and everybody who is in the room. */
async function snapshotWith(roomId: string, text: string): Promise<void> {
  const redis = new Redis(cluster.redis.port);
  onTestFinished(() => redis.disconnect());
  await expect
    .poll(
      async () =>
        Buffer.from((await redis.hget(`gatehouse:room:${roomId}`, 'snapshot')) ?? '', 'base64').includes(text),
      { timeout: 10_000 },
    )
    .toBe(true);
}
