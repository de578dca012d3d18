/** The sessions' HTTP API on several nodes, each a process of its own, over real Redis and NATS. */
import { Client, type Room } from '@colyseus/sdk';
import { Redis } from 'ioredis';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { closeCodes, type WorldState } from '../../schema/index.ts';
import { Cluster, type NodeProcess } from '../support/cluster.ts';
import { left, rpc } from '../support/rpc.ts';
import { askSessions, keptOf } from '../support/sessions-api.ts';

const cluster = await Cluster.start((end) => afterAll(end));
const ENV = { MAX_CONNECTIONS_PER_ADDRESS: '1000', JOINS_PER_ADDRESS: '10000', JOINS_PER_USER: '1000' };

// biome-ignore lint/suspicious/noExplicitAny: envelopes are looked at by the test
type Envelope = any;
interface Player {
  readonly userId: string;
  readonly room: Room;
  readonly heard: Envelope[];
}

/** Nodes for one test; the first has a world, and players in it who are connected there. */
async function world(nodes: number, players: readonly string[]): Promise<{ nodes: NodeProcess[]; inside: Player[] }> {
  const started = await Promise.all(Array.from({ length: nodes }, () => cluster.node(ENV)));
  onTestFinished(async () => {
    await Promise.all(started.map((node) => node.end('SIGKILL')));
  });
  const owner = started[0]!;
  const inside: Player[] = [];
  for (const userId of players) {
    const client = clientOf(owner, userId);
    // A node makes its first room itself when it is asked before it knows of any other.
    const room = await (inside.length === 0 ? client.create('world') : client.joinById(inside[0]!.room.roomId));
    room.reconnection.enabled = false;
    inside.push({ userId, room, heard: listen(room) });
  }
  const roomId = inside[0]!.room.roomId;
  // The node with the fewest connections gets a new room, whoever is asked.
  const at = started.findIndex(({ lines }) => lines.some(({ msg, room }) => msg === 'room created' && room === roomId));
  const others = started.filter((_, i) => i !== at);
  return { nodes: [started[at]!, ...others], inside };
}

function clientOf(node: NodeProcess, userId: string): Client {
  const client = new Client(node.url);
  client.auth.token = cluster.token(userId);
  return client;
}

function listen(room: Room): Envelope[] {
  const heard: Envelope[] = [];
  room.onMessage('*', () => {});
  room.onMessage('rpc', (message) => heard.push(message));
  return heard;
}

const said = (heard: Envelope[]) => heard.filter(({ method }) => method === 'world.said').map((m) => m.params.text);

const recover = (node: NodeProcess, { userId, room }: Player, more: object = {}) =>
  askSessions(node.url, 'POST', '/recover', { token: cluster.token(userId), body: { ...keptOf(room), ...more } });

/** Recovers at one node, and takes the seat there. */
async function back(node: NodeProcess, player: Player, more: object = {}): Promise<Player> {
  const { status, body } = await recover(node, player, more);
  expect({ status, body }).toMatchObject({ status: 200 });
  expect(body.sessionId).toBe(player.room.sessionId);
  const room = await clientOf(node, player.userId).consumeSeatReservation(body);
  room.reconnection.enabled = false;
  const heard = listen(room);
  await expect.poll(() => (room.state as WorldState | undefined)?.players?.get(room.sessionId)?.connected).toBe(true);
  expect((await rpc(room, 'session.get', {})).result).toMatchObject({ id: player.room.sessionId, state: 'online' });
  return { userId: player.userId, room, heard };
}

/** Until the room's snapshot has this text in it. */
async function savedWith(roomId: string, text: string): Promise<void> {
  const redis = new Redis(cluster.redis.port, '127.0.0.1');
  try {
    const snapshot = async () =>
      Buffer.from((await redis.hget(`gatehouse:room:${roomId}`, 'snapshot')) ?? '', 'base64');
    await expect.poll(async () => (await snapshot()).includes(text)).toBe(true);
  } finally {
    redis.disconnect();
  }
}

test('RH12 a session is shown, recovered, taken over and ended at any node, whichever has the room', {
  timeout: 60_000,
}, async () => {
  const { nodes, inside } = await world(2, ['ada', 'bob']);
  let [ada, bob] = inside as [Player, Player];
  const { sessionId } = ada.room;
  for (const node of nodes) {
    const end = left(ada.room);
    const last = ada.heard.findLast(({ method }) => method === 'world.said')?.seq;
    const seat = await recover(node, ada, { lastSequence: last });
    expect(await end).toBe(closeCodes.TAKEN_OVER.code);
    await rpc(bob.room, 'world.say', { text: `at ${node.url}` });
    expect(seat.status).toBe(200);
    ada = await back(node, ada, { lastSequence: last });
    await expect.poll(() => said(ada.heard)).toEqual([`at ${node.url}`]);
    const shown = await askSessions(node.url, 'GET', `/${sessionId}`, { token: cluster.token('ada') });
    expect(shown).toMatchObject({ status: 200, body: { id: sessionId, userId: 'ada', roomId: ada.room.roomId } });
    expect((await recover(node, { ...ada, userId: 'mallory' })).body).toMatchObject({ name: 'USER_MISMATCH' });
    const wrong = { ...ada, room: { sessionId, reconnectionToken: 'wrong' } as Room };
    expect((await recover(node, wrong)).body).toMatchObject({ name: 'SEAT_EXPIRED' });
  }
  const [, other] = nodes as [NodeProcess, NodeProcess];
  const end = left(ada.room);
  const gone = await askSessions(other.url, 'DELETE', `/${sessionId}`, { token: cluster.token('ada') });
  expect(gone.status).toBe(204);
  expect(await end).toBe(closeCodes.LEFT.code);
  await expect.poll(() => bob.room.state.players.has(sessionId)).toBe(false);
  bob = await back(other, bob);
  await bob.room.leave();
});

test.each([
  ['was killed', 'SIGKILL'],
  ['hangs', 'SIGSTOP'],
  ['was told to end', 'SIGTERM'],
] as const)(
  'RH13 a room whose owner %s is brought back for whoever recovers a session of it: same session, and what was missed',
  { timeout: 60_000 },
  async (_, signal) => {
    const { nodes, inside } = await world(2, ['ada', 'bob']);
    const [owner, other] = nodes as [NodeProcess, NodeProcess];
    const [ada, bob] = inside as [Player, Player];
    await rpc(bob.room, 'world.say', { text: 'heard' });
    await expect.poll(() => said(ada.heard)).toEqual(['heard']);
    const { seq: lastSequence } = ada.heard.find(({ method }) => method === 'world.said');
    await rpc(bob.room, 'world.say', { text: 'the last words' });
    await savedWith(ada.room.roomId, 'the last words');
    owner.process.kill(signal);
    // It has handed the room over by then.
    if (signal === 'SIGTERM') await owner.end(signal);
    // Both at once: one room is brought back.
    const [again, second] = await Promise.all([back(other, ada, { lastSequence }), back(other, bob)]);
    await expect.poll(() => said(again.heard)).toEqual(['the last words']);
    expect(other.lines.filter(({ msg }) => msg === 'room restored')).toHaveLength(1);
    expect(again.room.state.players.size).toBe(2);
    await Promise.all([again.room.leave(), second.room.leave()]);
  },
);

test('RH14 of several nodes that are asked for a room of a dead one, one brings it back, and everybody is in it again', {
  timeout: 60_000,
}, async () => {
  const names = ['ada', 'bob', 'cyd', 'dan', 'eve', 'fay'];
  const { nodes, inside } = await world(3, names);
  const [owner, ...others] = nodes as [NodeProcess, ...NodeProcess[]];
  await savedWith(inside[0]!.room.roomId, inside.at(-1)!.room.sessionId);
  await owner.end('SIGKILL');
  const again = await Promise.all(inside.map((player, i) => back(others[i % others.length]!, player)));
  expect(new Set(again.map(({ room }) => room.roomId))).toEqual(new Set([inside[0]!.room.roomId]));
  expect(others.flatMap(({ lines }) => lines).filter(({ msg }) => msg === 'room restored')).toHaveLength(1);
  await expect.poll(() => again[0]!.room.state.players.size).toBe(names.length);
  await Promise.all(again.map(({ room }) => room.leave()));
});

test('RH15 while Redis is away it is UNAVAILABLE, and works again when it is back', { timeout: 60_000 }, async () => {
  const { nodes, inside } = await world(1, ['ada']);
  const [node] = nodes as [NodeProcess];
  const [ada] = inside as [Player];
  cluster.redis.freeze();
  onTestFinished(() => cluster.redis.thaw());
  expect((await recover(node, ada)).body).toMatchObject({ name: 'UNAVAILABLE', retryable: true });
  const shown = await askSessions(node.url, 'GET', `/${ada.room.sessionId}`, { token: cluster.token('ada') });
  expect(shown.body).toMatchObject({ name: 'UNAVAILABLE' });
  expect(ada.room.connection.isOpen).toBe(true);
  cluster.redis.thaw();
  await expect.poll(async () => (await recover(node, ada)).status).toBe(200);
});
