import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Room } from '@colyseus/sdk';
import { Redis } from 'ioredis';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import type { WorldState } from '../../schema/index.ts';
import { Cluster } from '../support/cluster.ts';
import { rpc } from '../support/rpc.ts';

const cluster = await Cluster.start((end) => afterAll(end));
const ENV = { MAX_CONNECTIONS_PER_ADDRESS: '1000', JOINS_PER_ADDRESS: '10000' };

/** Two nodes; players in one world of the first, who reach it through the second, as through a balancer. */
async function play(players: number) {
  const owner = await cluster.node(ENV);
  const first = new Client(owner.url);
  first.auth.token = cluster.token('founder');
  const founder = await first.create<WorldState>('world');
  // Now: a new room may be made on any node that there is.
  const other = await cluster.node(ENV);
  onTestFinished(async () => {
    await Promise.all([owner.end('SIGKILL'), other.end('SIGKILL')]);
  });
  const rooms: Array<Room<unknown, WorldState>> = [];
  for (let i = 0; i < players; i++) {
    const client = new Client(other.url);
    client.auth.token = cluster.token(`player-${i}`);
    rooms.push((await client.joinById<WorldState>(founder.roomId)) as never);
  }
  // Unmodified but for how soon they would come back: the SDK waits until a room is five seconds old.
  for (const room of rooms) {
    room.onMessage('*', () => {});
    Object.assign(room.reconnection, { minUptime: 0, maxDelay: 500 });
  }
  founder.reconnection.enabled = false;
  founder.onMessage('*', () => {});
  await Promise.all(rooms.map((room) => expect.poll(() => room.state?.players?.size ?? 0).toBeGreaterThan(players)));
  return { owner, other, founder, rooms };
}

test('CY1 the owner of a room is killed: its players come back by themselves into the same room and seat, with the same objects', {
  timeout: 60_000,
}, async () => {
  const { owner, other, founder, rooms } = await play(4);
  const { roomId } = founder;
  const mark = (await rpc(rooms[0]!, 'world.placeMark', { x: 900, y: 900, label: 'before' })).result as { id: string };
  await Promise.all(rooms.map((room) => expect.poll(() => room.state.marks.get(mark.id)?.label).toBe('before')));
  const before = rooms.map((room) => ({
    sessionId: room.sessionId,
    own: room.state.players.get(room.sessionId)!,
    mark: room.state.marks.get(mark.id)!,
    place: [room.state.players.get(room.sessionId)!.x, room.state.players.get(room.sessionId)!.y],
    tick: room.state.tick,
  }));
  await savedWith(roomId, 'before');

  const back = rooms.map((room) => new Promise<void>((resolve) => room.onReconnect(() => resolve())));
  const left = rooms.map((room) => {
    const ends: number[] = [];
    room.onLeave((code) => ends.push(code));
    return ends;
  });
  await owner.end('SIGKILL');
  await Promise.all(back);
  for (const [i, room] of rooms.entries()) {
    const was = before[i]!;
    expect(left[i]).toEqual([]);
    expect(room.roomId).toBe(roomId);
    expect(room.sessionId).toBe(was.sessionId);
    await expect.poll(() => room.state.tick).toBeGreaterThan(was.tick);
    expect(room.state.players.get(room.sessionId)).toBe(was.own);
    expect(room.state.marks.get(mark.id)).toBe(was.mark);
    expect([was.own.x, was.own.y]).toEqual(was.place);
    expect((await rpc(room, 'session.get', {})).result).toMatchObject({ id: was.sessionId, state: 'online' });
  }
  // Life goes on: what one does the others see.
  await rpc(rooms[0]!, 'world.moveMark', { id: mark.id, x: 950, y: 900 });
  await Promise.all(rooms.map((room) => expect.poll(() => room.state.marks.get(mark.id)?.x).toBe(950)));
  expect(other.lines.filter(({ msg, room }) => msg === 'room restored' && room === roomId)).toHaveLength(1);
  await Promise.all(rooms.map((room) => room.leave()));
});

test('CY2 an owner that was only slow is fenced off: it writes nothing, its players go where the room is, and nobody sees two of it', {
  timeout: 60_000,
}, async () => {
  const { owner, other, founder, rooms } = await play(2);
  const { roomId } = founder;
  // Who came after the last snapshot would be out.
  for (const { sessionId } of [founder, ...rooms]) await savedWith(roomId, sessionId);
  founder.reconnection.enabled = true;
  Object.assign(founder.reconnection, { minUptime: 0, maxDelay: 500 });
  owner.process.kill('SIGSTOP');
  await expect
    .poll(() => other.lines.some(({ msg, room }) => msg === 'room restored' && room === roomId), { timeout: 20_000 })
    .toBe(true);
  const claimed = await redisRoom(roomId);
  expect(claimed.epoch).toBe('2');
  const back = new Promise((resolve) => founder.onReconnect(() => resolve(true)));
  owner.process.kill('SIGCONT');
  // It had a socket of its own all the time.
  expect(await back).toBe(true);
  await expect.poll(() => owner.lines.some(({ msg }) => msg === 'another node has taken this room over')).toBe(true);
  const after = await redisRoom(roomId);
  expect({ node: after.node, epoch: after.epoch }).toEqual({ node: claimed.node, epoch: '2' });
  for (const room of [founder, ...rooms]) {
    await expect
      .poll(async () => (await answerOf(room))?.result)
      .toMatchObject({ id: room.sessionId, state: 'online' });
  }
  await rpc(founder, 'world.placeMark', { x: 700, y: 700, label: 'one world' });
  for (const room of [founder, ...rooms]) {
    await expect.poll(() => [...room.state.marks.values()].map(({ label }) => label)).toContain('one world');
  }
  await Promise.all([founder, ...rooms].map((room) => room.leave()));
});

test('CY3 a room whose snapshot is damaged, of another version or not there is not restored; its players are told, and a new world opens', {
  timeout: 60_000,
}, async () => {
  const { owner, other, founder, rooms } = await play(1);
  const { roomId } = founder;
  await savedWith(roomId, rooms[0]!.sessionId);
  // Nobody saves it any more, and what is there is not what was written.
  owner.process.kill('SIGSTOP');
  await withRedis((redis) => redis.hset(`gatehouse:room:${roomId}`, 'snapshot', 'R0hSUwJub25zZW5zZQ=='));
  const ended = new Promise<number>((resolve) => rooms[0]!.onLeave((code) => resolve(code)));
  await owner.end('SIGKILL');
  expect(await ended).toBeGreaterThan(4_000);
  await expect
    .poll(() => other.lines.some(({ msg, room }) => msg === 'room not restored' && room === roomId))
    .toBe(true);
  const error = other.lines.find(({ msg, room }) => msg === 'room not restored' && room === roomId)?.error;
  expect(error).toBe('has version 2, and this node reads 1');
  expect(await redisRoom(roomId)).toEqual({});
  const client = new Client(other.url);
  client.auth.token = cluster.token('anew');
  const room = await client.joinOrCreate<WorldState>('world');
  expect(room.roomId).not.toBe(roomId);
  await room.leave();
});

test('CY4 a node that is told to end hands its rooms over: everybody is back in the same room and seat, and nothing that was answered or said is lost', {
  timeout: 60_000,
}, async () => {
  const { owner, other, founder, rooms } = await play(4);
  // One that the others still take for ready: the room is offered to the next.
  const dead = await cluster.node(ENV);
  await dead.end('SIGKILL');
  const { roomId } = founder;
  // It has no other way to the world than the node that ends.
  await founder.leave();
  const all = rooms;
  const ends: number[] = [];
  const heard = all.map((room) => {
    room.onLeave((code) => ends.push(code));
    const said = new Map<string, string>();
    room.onMessage('rpc', (message: { method?: string; seq?: { n: number }; params?: { text: string } }) => {
      if (message.method === 'world.said') said.set(`${message.seq?.n}`, message.params!.text);
    });
    return said;
  });
  const back = all.map((room) => new Promise<void>((resolve) => room.onReconnect(() => resolve())));
  const answered: string[] = [];
  const talk = { goes: true };
  const talking = (async () => {
    for (let i = 0; talk.goes; i++) {
      const text = `word ${i}`;
      const answer = await Promise.race([rpc(rooms[0]!, 'world.say', { text }), pause(1_000).then(() => undefined)]);
      if (answer?.result !== undefined) answered.push(text);
      await pause(150);
    }
  })();
  const objects = all.map((room) => room.state.players.get(room.sessionId));
  await owner.end('SIGTERM');
  await Promise.all(back);
  const count = answered.length;
  await expect.poll(() => answered.length).toBeGreaterThan(count + 2);
  talk.goes = false;
  await talking;

  expect(ends).toEqual([]);
  expect((await redisRoom(roomId)).epoch).toBe('2');
  expect(
    owner.lines.filter(({ msg, moved, room }) => msg === 'room moved' && moved === true && room === roomId),
  ).toHaveLength(1);
  for (const [i, room] of all.entries()) {
    const own = room.state.players.get(room.sessionId);
    expect(own).toBe(objects[i]);
    await expect
      .poll(async () => (await answerOf(room))?.result)
      .toMatchObject({ id: room.sessionId, state: 'online' });
    await expect.poll(() => answered.filter((text) => ![...heard[i]!.values()].includes(text))).toEqual([]);
    const texts = [...heard[i]!.values()];
    expect(new Set(texts).size).toBe(texts.length);
  }
  expect(other.lines.some(({ msg }) => msg === 'room restored')).toBe(true);
  await Promise.all(all.map((room) => room.leave()));
});

test('CY5 an admin moves one room, and drains a node; nobody else does', { timeout: 60_000 }, async () => {
  const { owner, other, founder, rooms } = await play(2);
  const { roomId } = founder;
  await founder.leave();
  const admin = (node: typeof owner, path: string, role: string | undefined, body?: object) =>
    fetch(`${node.url}/v1/admin/${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${cluster.token('olga', role)}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  expect((await admin(owner, `rooms/${roomId}/move`, undefined)).status).toBe(403);
  expect((await admin(owner, 'drain', undefined)).status).toBe(403);
  expect((await admin(owner, 'rooms/nowhere/move', 'admin')).status).toBe(404);
  expect((await admin(owner, `rooms/${roomId}/move`, 'admin', { to: 'nobody' })).status).toBe(404);
  expect((await admin(owner, `rooms/${roomId}/move`, 'admin', { where: 'away' })).status).toBe(400);
  expect((await redisRoom(roomId)).epoch).toBe('1');

  const returned = () => rooms.map((room) => new Promise<void>((resolve) => room.onReconnect(() => resolve())));
  let back = returned();
  const moved = await admin(owner, `rooms/${roomId}/move`, 'admin');
  expect(await moved.json()).toEqual({ moved: true });
  await Promise.all(back);
  expect((await redisRoom(roomId)).epoch).toBe('2');

  back = returned();
  const drained = await admin(other, 'drain', 'admin');
  expect(await drained.json()).toMatchObject({ draining: true });
  await Promise.all(back);
  expect((await redisRoom(roomId)).epoch).toBe('3');
  for (const room of rooms) {
    await expect
      .poll(async () => (await answerOf(room))?.result)
      .toMatchObject({ id: room.sessionId, state: 'online' });
  }
  await Promise.all(rooms.map((room) => room.leave()));
});

/** Straight from Redis, past the platform. */
async function withRedis<T>(ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(cluster.redis.port, '127.0.0.1');
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
}

const redisRoom = (roomId: string) => withRedis((redis) => redis.hgetall(`gatehouse:room:${roomId}`));

/** Until the room's snapshot has this text in it. */
async function savedWith(roomId: string, text: string): Promise<void> {
  await expect
    .poll(async () => Buffer.from((await redisRoom(roomId)).snapshot ?? '', 'base64').includes(text))
    .toBe(true);
}

/** Undefined when none came in time: the connection may have been on its way. */
async function answerOf(room: Room<unknown, WorldState>): Promise<Awaited<ReturnType<typeof rpc>> | undefined> {
  return Promise.race([rpc(room, 'session.get', {}).catch(() => undefined), pause(500).then(() => undefined)]);
}
