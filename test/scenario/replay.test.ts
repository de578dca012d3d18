import type { Room } from '@colyseus/sdk';
import { expect, test } from 'vitest';
import { connectionOf } from '../../src/room/session-state.ts';
import { join, startGatehouse } from '../support/gatehouse.ts';
import { RawClient } from '../support/raw-client.ts';
import { rpc } from '../support/rpc.ts';

const server = await startGatehouse({ HEARTBEAT: '0.1', RECONNECT_WINDOW: '20' });
const { sessions } = server.platform;

// biome-ignore lint/suspicious/noExplicitAny: envelopes are looked at by the test
type Envelope = any;

async function joinWorld(userId: string): Promise<{ room: Room; heard: Envelope[] }> {
  const room = await join(server.sdk(userId), 'world');
  room.reconnection.minUptime = 0;
  const heard: Envelope[] = [];
  room.onMessage('rpc', (message) => heard.push(message));
  await expect.poll(() => room.state?.players?.get(room.sessionId)).toBeDefined();
  return { room, heard };
}

/** As when the network goes; the SDK does not come back until it is told. */
async function cut(room: Room): Promise<void> {
  const session = sessions.get(room.sessionId)!;
  connectionOf(session.state)!.socket.terminate();
  await expect.poll(() => session.state.name).toBe('dropped');
}

const said = (heard: Envelope[]) => heard.filter(({ method }) => method === 'world.said').map((m) => m.params.text);
const told = (heard: Envelope[]) => heard.filter(({ method }) => method === 'session.recovered').map((m) => m.params);

/** What the server is known to have proof of. */
const proven = (room: Room, n: number) => expect.poll(() => sessions.get(room.sessionId)?.acknowledged).toBe(n);

test('JR12 an unmodified SDK client hears what was said while it was away, once, after its state and before what is new', async () => {
  const [ada, bob] = [await joinWorld('ada'), await joinWorld('bob')];
  await rpc(bob.room, 'world.say', { text: 'before' });
  await expect.poll(() => said(ada.heard)).toEqual(['before']);
  expect(ada.heard.find(({ method }) => method === 'world.said').seq).toEqual({ epoch: 1, n: 1 });
  await proven(ada.room, 1);

  ada.room.reconnection.minDelay = 600;
  await cut(ada.room);
  await rpc(bob.room, 'world.say', { text: 'meanwhile' });
  await rpc(bob.room, 'world.placeMark', { x: 10, y: 10, label: 'of that moment' });
  let labels: string[] | undefined;
  ada.room.onMessage('rpc', ({ params }: Envelope) => {
    if (params?.text !== 'meanwhile') return;
    labels = [...ada.room.state.marks.values()].map(({ label }: { label: string }) => label);
  });
  await expect.poll(() => said(ada.heard), { timeout: 5_000 }).toEqual(['before', 'meanwhile']);
  expect(labels).toEqual(['of that moment']);
  await rpc(bob.room, 'world.say', { text: 'after' });
  await expect.poll(() => said(ada.heard)).toEqual(['before', 'meanwhile', 'after']);
  expect(told(ada.heard)).toEqual([{ recovered: true, replayed: 1, last: { epoch: 1, n: 2 } }]);
  expect(said(bob.heard)).toEqual(['before', 'meanwhile', 'after']);
});

test('JR13 what was never acknowledged is sent again; a client that is lost before it confirms loses nothing', async () => {
  const { room: bob } = await joinWorld('bea');
  const token = server.token('cyd');
  const first = await RawClient.join(server.url, token, { autoPong: false });
  const session = sessions.get(first.sessionId)!;
  const before = session.acknowledged;
  await rpc(bob, 'world.say', { text: 'one' });
  await first.answer(({ method }) => method === 'world.said');
  expect(session.acknowledged).toBe(before);
  first.cut();
  await expect.poll(() => session.state.name).toBe('dropped');
  await rpc(bob, 'world.say', { text: 'two' });

  const second = await RawClient.return(server.url, first, token, { confirm: false });
  await rpc(bob, 'world.say', { text: 'three' });
  second.cut();
  await expect.poll(() => session.state.name).toBe('dropped');

  const third = await RawClient.return(server.url, second, token);
  const recovered = await third.answer();
  expect(recovered).toMatchObject({ method: 'session.recovered', params: { recovered: true, replayed: 3 } });
  for (const text of ['one', 'two', 'three']) expect((await third.answer()).params.text).toBe(text);
  await third.leave();
});

test('JR14 a client that names the last it has seen gets what came after that, also across many returns', async () => {
  const { room: bob } = await joinWorld('dan');
  const token = server.token('eve');
  let client = await RawClient.join(server.url, token, { autoPong: false });
  const session = sessions.get(client.sessionId)!;
  for (const text of ['un', 'deux', 'trois']) {
    await rpc(bob, 'world.say', { text });
    const { seq } = await client.answer(({ method }) => method === 'world.said');
    client.cut();
    await expect.poll(() => session.state.name).toBe('dropped');
    const query = `&reconnectionToken=${client.reconnectionToken}&_authToken=${token}`;
    client = await RawClient.sit(server.url, client.seat!, {
      query: `${query}&lastSequence=${seq.epoch}.${seq.n}`,
      autoPong: false,
    });
    expect((await client.answer()).params).toEqual({ recovered: true, replayed: 0, last: seq });
  }
  client.cut();
  await expect.poll(() => session.state.name).toBe('dropped');
  const query = `&reconnectionToken=${client.reconnectionToken}&_authToken=${token}&lastSequence=1.4000`;
  client = await RawClient.sit(server.url, client.seat!, { query });
  expect((await client.answer()).params).toMatchObject({ recovered: false, replayed: 0 });
  await client.leave();
});

test('JR15 a number that is none refuses the socket, and a wrong secret changes nothing about a session', async () => {
  const token = server.token('fay');
  const client = await RawClient.join(server.url, token);
  const path = `/${client.seat!.processId}/${client.seat!.roomId}?sessionId=${client.sessionId}&_authToken=${token}`;
  for (const bad of ['', '1', '1.', '-1.2', '1.2.3', `1.${'9'.repeat(40)}`, 'a.b']) {
    const refused = RawClient.connect(server.url, `${path}&reconnectionToken=x&lastSequence=${bad}`);
    await expect(refused).rejects.toMatchObject({ status: 400 });
  }
  const stranger = await RawClient.connect(server.url, `${path}&reconnectionToken=wrong&lastSequence=1.0`);
  await stranger.closed;
  expect(sessions.get(client.sessionId)!.named).toBeUndefined();
  await client.leave();
});
