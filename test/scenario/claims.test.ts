import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Cluster, type NodeProcess } from '../support/cluster.ts';
import { matchmake, RawClient, type Seat } from '../support/raw-client.ts';
import { comeThrough, endsOf, enter, returned, SHELTERS, savedOnceMore, tell } from '../support/shelter.ts';

const cluster = await Cluster.start((end) => afterAll(end), { redis: { keep: true } });

/** The owner is there first, so that the room is its. */
async function nodes(count: number, env: Record<string, string> = {}, create = 'shelter') {
  const owner = await cluster.node({ ...SHELTERS, ...env });
  const founder = await enter(cluster, owner, 'founder', { create });
  const others: NodeProcess[] = [];
  for (let i = 1; i < count; i++) others.push(await cluster.node({ ...SHELTERS, ...env }));
  onTestFinished(async () => {
    await Promise.all([owner, ...others].map((node) => node.end('SIGKILL')));
  });
  return { owner, others, founder, roomId: founder.roomId };
}

const said = (node: NodeProcess, text: string, roomId: string) =>
  node.lines.filter(({ msg, room }) => msg === text && room === roomId);

test('CY8 who returned after the last snapshot, and just before the owner was killed, keeps the seat', {
  timeout: 40_000,
}, async () => {
  const { owner, others, founder, roomId } = await nodes(2, { SNAPSHOT_INTERVAL: '2' });
  const bob = await enter(cluster, others[0]!, 'bob', { roomId });
  await savedOnceMore(cluster, roomId);
  const { snapshot } = await cluster.room(roomId);
  const ends = endsOf([founder, bob]);
  const again = returned(bob);
  bob.connection.close(4010);
  await again;
  await tell(bob, 'count');
  // Its token is another one than that of the snapshot, and Redis knows.
  expect((await cluster.room(roomId)).snapshot).toBe(snapshot);
  const back = [returned(bob), returned(founder)];
  // The founder's node is gone for good; the SDK asks where it was.
  comeThrough(founder, others[0]!);
  await owner.end('SIGKILL');
  await Promise.all(back);
  expect((await tell(bob, 'count')).count).toBe(1);
  expect(ends).toEqual([]);
  await Promise.all([founder.leave(), bob.leave()]);
});

test.each([
  ['that its author locked', 'shelter'],
  ['that is full', 'small'],
])('CY9 a room %s still is when it comes back, by a move and after a crash', { timeout: 60_000 }, async (_, name) => {
  const { owner, others, founder, roomId } = await nodes(3, {}, name);
  const bob = await enter(cluster, others[1]!, 'bob', { roomId });
  const ends = endsOf([bob]);
  if (name === 'shelter') expect(await tell(bob, 'lock')).toMatchObject({ locked: true });
  comeThrough(founder, others[1]!);
  let back = [returned(founder), returned(bob)];
  expect(await cluster.move(owner, roomId)).toBe(true);
  await Promise.all(back);
  expect(await tell(bob, 'count')).toMatchObject({ locked: true, epoch: 2 });
  await expect(enter(cluster, others[1]!, 'late', { roomId })).rejects.toThrow('ROOM_LOCKED');
  const listed = await cluster.ask((redis) => redis.hgetall('gatehouse:colyseus:roomcaches'));
  expect(Object.keys(listed)).toContain(roomId);
  expect(Object.keys(listed)).not.toContain('');
  expect(JSON.parse(listed[roomId]!)).toMatchObject({ locked: true });

  await savedOnceMore(cluster, roomId);
  back = [returned(founder), returned(bob)];
  const taker = others.find((node) => said(node, 'room restored', roomId).length > 0)!;
  if (taker === others[1]) {
    // It is the one that the players come through.
    expect(await cluster.move(taker, roomId)).toBe(true);
  } else {
    await taker.end('SIGKILL');
  }
  await Promise.all(back);
  expect(await tell(bob, 'count')).toMatchObject({ locked: true, epoch: 3 });
  expect(ends).toEqual([]);
  // A full one opens again when somebody leaves it.
  await founder.leave();
  if (name === 'small') await expect.poll(async () => (await tell(bob, 'count')).locked).toBe(false);
  await bob.leave();
});

test('CY10 a room that throws in `onRestoreRoom` is not restored: nothing is left of it, its players are told, and a new one opens', {
  timeout: 40_000,
}, async () => {
  const { owner, others, roomId } = await nodes(2, {}, 'fragile');
  const other = others[0]!;
  const bob = await enter(cluster, other, 'bob', { roomId });
  await savedOnceMore(cluster, roomId);
  const ended = new Promise<number>((resolve) => bob.onLeave((code) => resolve(code)));
  await owner.end('SIGKILL');
  expect(await ended).toBe(4003);
  expect(said(other, 'room not restored', roomId)).toMatchObject([{ error: 'cannot go on' }]);
  expect(await cluster.room(roomId)).toEqual({});
  // Until whoever cleans up after the node has done so.
  await expect.poll(() => cluster.ask((redis) => redis.zrange(`gatehouse:sessions:room:${roomId}`, 0, -1))).toEqual([]);
  const anew = await enter(cluster, other, 'bob', { create: 'fragile' });
  expect(anew.roomId).not.toBe(roomId);
  expect((await tell(anew, 'count')).count).toBe(1);
  await anew.leave();
});

test('CY11 a snapshot over SNAPSHOT_BYTES is not written, and told once: the room plays on, cannot move, and comes back as it last was small enough', {
  timeout: 40_000,
}, async () => {
  const { owner, others, roomId } = await nodes(2, { SNAPSHOT_BYTES: '20000', SNAPSHOT_INTERVAL: '0.2' });
  const bob = await enter(cluster, others[0]!, 'bob', { roomId });
  const ends = endsOf([bob]);
  await tell(bob, 'count');
  await savedOnceMore(cluster, roomId);
  await tell(bob, 'grow', 20_000);
  await expect.poll(() => said(owner, 'snapshot too large: the last one that was not stays', roomId).length).toBe(1);
  const { snapshot } = await cluster.room(roomId);
  expect((await tell(bob, 'count')).count).toBe(2);
  expect(await cluster.move(owner, roomId)).toBe(false);
  expect((await tell(bob, 'count')).count).toBe(3);
  expect((await cluster.room(roomId)).snapshot).toBe(snapshot);
  expect(said(owner, 'snapshot too large: the last one that was not stays', roomId)).toHaveLength(1);
  const back = returned(bob);
  await owner.end('SIGKILL');
  await back;
  expect((await tell(bob, 'count')).count).toBe(2);
  expect(ends).toEqual([]);
  await bob.leave();
});

test("CY12 of two nodes that want a dead node's room at the same time one gets it, and the players of both are in it", {
  timeout: 60_000,
}, async () => {
  const { owner, others, founder, roomId } = await nodes(3);
  const ids = [roomId];
  for (let i = 1; i < 6; i++) {
    const next = await enter(cluster, owner, 'founder', { create: 'shelter' });
    next.reconnection.enabled = false;
    ids.push(next.roomId);
  }
  founder.reconnection.enabled = false;
  // Rooms that the owner has, whoever was asked for them.
  const there = await Promise.all(ids.map((id) => cluster.room(id)));
  const node = there[0]!.node;
  const owned = ids.filter((_, i) => there[i]!.node === node);
  const rooms = [];
  for (const id of owned) {
    for (const other of others) rooms.push(await enter(cluster, other, `guest-${rooms.length}`, { roomId: id }));
  }
  for (const id of owned) await savedOnceMore(cluster, id);
  const ends = endsOf(rooms);
  const back = rooms.map(returned);
  await owner.end('SIGKILL');
  await Promise.all(back);
  for (const room of rooms) expect((await tell(room, 'count')).epoch).toBe(2);
  for (const id of owned) {
    expect(others.flatMap((other) => said(other, 'room restored', id))).toHaveLength(1);
    expect((await cluster.room(id)).epoch).toBe('2');
  }
  for (const room of rooms) await expect.poll(() => room.state.count).toBe(2);
  expect(ends).toEqual([]);
  await Promise.all(rooms.map((room) => room.leave()));
});

test('CY13 an owner that was stopped for long and wakes changes nothing of the room and its sessions in Redis', {
  timeout: 60_000,
}, async () => {
  const { owner, others, founder, roomId } = await nodes(2);
  const other = others[0]!;
  const bob = await enter(cluster, other, 'bob', { roomId });
  await savedOnceMore(cluster, roomId);
  const ends = endsOf([bob, founder]);
  const back = returned(bob);
  owner.process.kill('SIGSTOP');
  await expect.poll(() => said(other, 'room restored', roomId).length, { timeout: 20_000 }).toBe(1);
  await back;
  expect((await tell(bob, 'count')).epoch).toBe(2);
  await savedOnceMore(cluster, roomId);
  // Now nobody but the one that wakes could write.
  other.process.kill('SIGSTOP');
  const before = await belongings(roomId);
  expect(before.sessions).toHaveLength(2);
  owner.process.kill('SIGCONT');
  await expect.poll(() => said(owner, 'another node has taken this room over', roomId).length).toBe(1);
  // It has been told that it was given up, and has told of all that it thinks it has.
  const told = 'this node was forgotten by the others, and has told them again';
  await expect.poll(() => owner.lines.filter(({ msg }) => msg === told).length).toBe(1);
  expect(await belongings(roomId)).toEqual(before);
  const home = returned(founder);
  other.process.kill('SIGCONT');
  await home;
  expect((await tell(founder, 'count')).count).toBe(2);
  expect(ends).toEqual([]);
  await Promise.all([bob, founder].map((room) => room.leave()));
});

test('CY14 a client that comes back through two nodes at once has one session, and the connection that it keeps is answered', {
  timeout: 40_000,
}, async () => {
  const { owner, others, founder, roomId } = await nodes(3);
  founder.reconnection.enabled = false;
  const token = cluster.token('raw');
  const { body: seat } = await matchmake(others[0]!.url, `joinById/${roomId}`, { token });
  const first = await RawClient.sit(others[0]!.url, seat as unknown as Seat);
  await first.settled();
  await savedOnceMore(cluster, roomId);
  await owner.end('SIGKILL');
  await first.closed;
  let open: RawClient[] = [];
  // At first both find out that nobody is there.
  while (open.length === 0) {
    const both = await Promise.allSettled(others.map((node) => comeBack(node, first, token)));
    open = both.flatMap((result) => (result.status === 'fulfilled' && result.value.open ? [result.value] : []));
  }
  expect(open).toHaveLength(1);
  expect(await open[0]!.call('session.get', {})).toMatchObject({
    result: { id: first.sessionId, state: 'online' },
  });
  const sessions = await cluster.ask((redis) => redis.zrange(`gatehouse:sessions:user:raw`, 0, -1));
  expect(sessions).toEqual([first.sessionId]);
  // The other is told to come again, and takes the seat, which is then the only one.
  const again = await RawClient.return(others[1]!.url, Object.assign(open[0]!, { seat: first.seat }), token);
  await again.settled();
  await expect.poll(() => open[0]!.open).toBe(false);
  await again.leave();
});

// A player came back through a node that was ending: lost again before the return was confirmed, and out for good.
test('CY19 who returns to a room that came back, and is lost before that is confirmed, keeps the session, however often they had returned before', {
  timeout: 40_000,
}, async () => {
  const { owner, others, founder, roomId } = await nodes(2);
  founder.reconnection.enabled = false;
  const [node, token] = [others[0]!, cluster.token('raw')];
  const { body: seat } = await matchmake(node.url, `joinById/${roomId}`, { token });
  const first = await RawClient.sit(node.url, seat as unknown as Seat);
  await first.settled();
  first.cut();
  const second = await comeBack(node, first, token);
  await savedOnceMore(cluster, roomId);
  expect(await cluster.move(owner, roomId)).toBe(true);
  await second.closed;
  const unconfirmed = await RawClient.return(node.url, second, token, { confirm: false });
  unconfirmed.cut();
  const last = await comeBack(node, second, token);
  expect(last.sessionId).toBe(first.sessionId);
  // What was good two returns ago is worth nothing.
  await expect(comeBack(node, first, token)).rejects.toThrow('closed with 4003');
  await last.leave();
});

async function comeBack(node: NodeProcess, gone: RawClient, token: string): Promise<RawClient> {
  const client = await RawClient.return(node.url, gone, token);
  await client.settled();
  return client;
}

/** What Redis has of a room and its sessions, without how long it has it. */
async function belongings(roomId: string) {
  return cluster.ask(async (redis) => {
    const ids = (await redis.zrange(`gatehouse:sessions:room:${roomId}`, 0, -1)).sort();
    const room = await redis.hgetall(`gatehouse:room:${roomId}`);
    const sessions = await Promise.all(ids.map((id) => redis.hgetall(`gatehouse:session:${id}`)));
    const listing = await redis.hget('gatehouse:colyseus:roomcaches', roomId);
    return { room, sessions, listing, ofNode: (await redis.smembers(`gatehouse:rooms:node:${room.node}`)).sort() };
  });
}
