import { Client } from '@colyseus/sdk';
import { connect } from '@nats-io/transport-node';
import { afterAll, expect, test } from 'vitest';
import { closeCodes } from '../../schema/index.ts';
import { memoryEventBus } from '../../src/adapters/memory/event-bus.ts';
import { Announcements, ROOM_EVENT_RATE } from '../../src/cluster/Announcements.ts';
import { Counters } from '../../src/ops/Counters.ts';
import { Cluster } from '../support/cluster.ts';
import { FakeClock } from '../support/FakeClock.ts';

const cluster = await Cluster.start((end) => afterAll(end));

test('SV17 a program with nothing but a NATS client hears of nodes, rooms and sessions', async () => {
  const nats = await connect({ servers: `127.0.0.1:${cluster.nats.port}` });
  const heard: Array<[string, Record<string, unknown>]> = [];
  const hear = (subject: string) =>
    nats.subscribe(subject, {
      callback: (_, message) => {
        heard.push([message.subject, message.json()]);
      },
    });
  hear('gatehouse.room.*.event');
  hear('gatehouse.node.*.state');
  await nats.flush();
  const node = await cluster.node();
  const client = new Client(node.url);
  client.auth.token = cluster.token('ada');
  const room = await client.create('world');
  const { roomId, sessionId } = room;
  const of = (event: string) => heard.find(([, body]) => body.event === event);
  const envelope = { v: 1, roomId, roomName: 'world' };
  await expect
    .poll(() => of('session.joined'))
    .toEqual([
      `gatehouse.room.${roomId}.event`,
      { ...envelope, event: 'session.joined', data: { sessionId, userId: 'ada' } },
    ]);
  expect(of('room.created')?.[1]).toEqual({ ...envelope, event: 'room.created' });
  await room.leave();
  const { code } = closeCodes.LEFT;
  await expect.poll(() => of('session.left')?.[1].data).toEqual({ sessionId, userId: 'ada', code });
  await expect.poll(() => of('room.disposed')?.[1]).toEqual({ ...envelope, event: 'room.disposed' });
  await node.end('SIGTERM');
  const states = () => heard.filter(([subject]) => subject.startsWith('gatehouse.node.')).map(([, { data }]) => data);
  await expect.poll(states).toEqual([{ state: 'ready' }, { state: 'draining' }, { state: 'gone' }]);
  await nats.close();
});

test('SV17 what a game announces is bounded, and a mistake of its author is thrown at them', async () => {
  const [bus, clock, counters] = [memoryEventBus(), new FakeClock(), new Counters()];
  const announcements = new Announcements({ nodeId: 'n1', bus, clock, counters });
  const room = { roomId: 'r1', roomName: 'race' };
  const heard: unknown[] = [];
  await bus.subscribe('gatehouse.room.r1.event', (payload) => heard.push(payload));
  announcements.ofGame(room, 'race.finished', { winner: 'ada' });
  await expect.poll(() => heard).toEqual([{ v: 1, ...room, event: 'race.finished', data: { winner: 'ada' } }]);
  expect(() => announcements.ofGame(room, 'session.joined')).toThrow(TypeError);
  expect(() => announcements.ofGame(room, 'no event')).toThrow(TypeError);
  for (let i = 0; i < ROOM_EVENT_RATE.burst + 9; i++) announcements.ofGame(room, 'race.tick');
  await expect.poll(() => counters.all()).toMatchObject({ 'room_events:limited': 10 });
});
