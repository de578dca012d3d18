import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Room } from '@colyseus/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { type Link, Network, type ProfileName, play, scheduleOf } from '../../simulator/index.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { rpc } from '../support/rpc.ts';

const server = await startGatehouse({ RECONNECT_WINDOW: '30', HEARTBEAT: '60' });
const { sessions } = server.platform;

/** An unmodified SDK client in the world, through a link. */
async function enter(profile: ProfileName): Promise<{ link: Link; room: Room }> {
  const network = new Network({ seed: 5, profile });
  const link = await network.link({ to: { port: Number(new URL(server.url).port) } });
  const client = new Client(`http://${link.address}`);
  client.auth.token = server.token(`ada-${profile}-${link.port}`);
  const room = await client.joinOrCreate('world');
  room.onMessage('*', () => {});
  Object.assign(room.reconnection, { minUptime: 0, maxDelay: 500 });
  onTestFinished(async () => {
    if (room.connection.isOpen) await room.leave();
    await network.close();
  });
  return { link, room };
}

/** Resolves with the session when the room is back after `harm`. */
async function backAfter(room: Room, harm: () => void): Promise<string> {
  const back = new Promise<string>((resolve) => room.onReconnect.once(() => resolve(room.sessionId)));
  harm();
  return back;
}

test.each(['reset', 'end'] as const)(
  'SM14 an unmodified SDK client comes back through a link that was cut (%s)',
  async (how) => {
    const { link, room } = await enter('perfect');
    const { sessionId } = room;
    const { joinedAt } = sessions.get(sessionId)!;
    for (let times = 0; times < 3; times++) expect(await backAfter(room, () => link.cut(how))).toBe(sessionId);
    expect((await rpc(room, 'session.get', {})).result).toMatchObject({ state: 'online' });
    expect(sessions.get(sessionId)!.joinedAt).toBe(joinedAt);
  },
);

test('SM14 it comes back after a link was silent, and while it refuses nobody comes', async () => {
  const { link, room } = await enter('perfect');
  const { sessionId } = room;
  const back = await backAfter(room, () => {
    link.goSilent();
    room.send('rpc', { jsonrpc: '2.0', id: 'lost', method: 'system.ping' });
    setTimeout(() => link.heal(), 100);
  });
  expect(back).toBe(sessionId);
  link.refuse();
  const away = new Promise((resolve) => room.onDrop.once(resolve));
  const returned = backAfter(room, () => link.cut());
  await away;
  await expect.poll(() => sessions.get(sessionId)?.state.name).toBe('dropped');
  link.heal();
  expect(await returned).toBe(sessionId);
});

test('SM14 it plays through a bad network that breaks by a seed, and keeps its session', {
  timeout: 40_000,
}, async () => {
  const { link, room } = await enter('lossy');
  const { sessionId } = room;
  const targets = { link: ['cut', 'hold', 'silence', 'refuse', 'shape'] as const };
  const schedule = scheduleOf(4, { targets, durationMs: 6_000, everyMs: 700, longestMs: 500 });
  expect(schedule.length).toBeGreaterThan(3);
  await using playing = play(schedule, { link });
  await playing.done;
  // A call that went out on a connection that is lost has no answer.
  const ask = () => Promise.race([rpc(room, 'session.get', {}), pause(1_000)]);
  await expect.poll(ask, { timeout: 20_000 }).toMatchObject({ result: { state: 'online' } });
  expect(room.sessionId).toBe(sessionId);
});
