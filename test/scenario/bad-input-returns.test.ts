/** Who misbehaves, comes back and goes on: a return must not wipe the slate. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeCodes } from '../../schema/index.ts';
import { readConfig } from '../../src/config.ts';
import { Counters } from '../../src/ops/Counters.ts';
import { FrameGuard } from '../../src/socket/frame-guard.ts';
import { Bystander, growth, watchProcess } from '../support/bystander.ts';
import { eventually } from '../support/eventually.ts';
import { FakeClock } from '../support/FakeClock.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { dataFrame, FRAME, RawClient } from '../support/raw-client.ts';

/** 40 at once, 20 a second: a full allowance takes two seconds to come back. */
const PER_SECOND = 20;
const server = await startGatehouse({ MESSAGES_PER_SECOND: String(PER_SECOND) });
const faults = watchProcess();
const { counters, sessions } = server.platform;
const { limits } = server.platform.config;
const bystander = await Bystander.join(server);

let before: Record<string, number> = {};
beforeEach(() => {
  before = counters.all();
});
afterEach(async () => {
  await bystander.isWell();
  expect(faults).toEqual([]);
});

/** Frames that the server has read on the connection that was closed last. */
function framesOfLast(sessionId: string): number {
  const closed = server.lines.filter(({ msg, session }) => msg === 'connection closed' && session === sessionId);
  return closed.at(-1)!.framesIn as number;
}

async function flood(client: RawClient): Promise<void> {
  for (let i = 0; i < PER_SECOND * 10; i++) client.send([FRAME.PING]);
  expect(await client.closed).toMatchObject({ code: closeCodes.FLOODING.code });
  await eventually(() => expect(sessions.get(client.sessionId)?.state.name).toBe('dropped'));
}

test('BI23 what a session has sent counts on its next connection: a flooder who returns has what was left', async () => {
  const token = server.token('eve');
  const first = await RawClient.join(server.url, token);
  await first.settled();
  await flood(first);
  const floodedAt = Date.now();
  expect(framesOfLast(first.sessionId)).toBeGreaterThan(PER_SECOND * 2);

  let last = first;
  for (let round = 0; round < 5; round++) {
    last = await RawClient.return(server.url, last, token);
    await flood(last);
  }
  // What time has given back meanwhile, and for each connection the one frame that was too many.
  const seconds = (Date.now() - floodedAt) / 1_000;
  const closed = server.lines.filter(({ msg, session }) => msg === 'connection closed' && session === last.sessionId);
  const sent = closed.slice(1).reduce((sum, { framesIn }) => sum + (framesIn as number), 0);
  expect(closed).toHaveLength(6);
  expect(sent).toBeLessThanOrEqual(seconds * PER_SECOND + 5 + 1);
  expect(growth(before, counters.all())['frames_refused:flooding']).toBe(6);

  // It was let in and stays in: when it has calmed down it is as good as any.
  await eventually(async () => {
    const calm = await RawClient.return(server.url, last, token);
    last = calm;
    expect(await calm.call('session.get')).toMatchObject({ result: { id: first.sessionId } });
  });
  await last.leave();
});

test('BI23 what a session has sent counts on its next connection: who behaves may be lost as often as the network likes', async () => {
  const token = server.token('unlucky');
  let player = await RawClient.join(server.url, token);
  for (let i = 0; i < 8; i++) {
    await player.settled();
    player.cut();
    await eventually(() => expect(sessions.get(player.sessionId)?.state.name).toBe('dropped'));
    player = await RawClient.return(server.url, player, token);
  }
  await player.settled();
  await player.leave();
  expect(growth(before, counters.all())['frames_refused:flooding']).toBeUndefined();
});

test('BI23 what a session has sent counts on its next connection: messages, bytes, and what came before it was known', () => {
  const clock = new FakeClock();
  const guard = () => new FrameGuard({ limits, clock, counters: new Counters(), onFailure: () => {} });
  const room = { receive: () => {}, inputs: undefined, answers: () => true, refuse: () => {} };
  const ping = Uint8Array.of(FRAME.PING);
  const passed = (one: FrameGuard, times: number) =>
    Array.from({ length: times }, () => one.inspect(ping, true)).filter((verdict) => verdict === 'pass').length;

  const first = guard();
  first.room = room;
  expect(passed(first, 30)).toBe(30);
  const second = guard();
  expect(passed(second, 5)).toBe(5);
  second.continueWith(first.allowance);
  // 40 at once, less 30 there and 5 here.
  expect(passed(second, 40)).toBe(5);
  // A third connection of the same session has no more, a new session has.
  const third = guard();
  third.continueWith(second.allowance);
  expect(passed(third, 1)).toBe(0);
  expect(passed(guard(), 1)).toBe(1);
  clock.advance(500);
  expect(passed(third, 40)).toBe(10);

  const heavy = guard();
  const { bytesPerSecond, payloadBytes } = readConfig({}).limits;
  const large = new Uint8Array(payloadBytes).fill(FRAME.PING);
  const atOnce = (bytesPerSecond * 4) / payloadBytes;
  for (let i = 0; i < atOnce; i++) expect(heavy.inspect(large, true)).toBe('pass');
  const again = guard();
  again.continueWith(heavy.allowance);
  expect(again.inspect(large, true)).toBe('FLOODING');
});

test('BI24 messages of unknown types count on, however often their session returns', async () => {
  const token = server.token('mallory');
  let client = await RawClient.join(server.url, token);
  await client.settled();
  const { sessionId } = client;
  let sent = 0;
  // Twenty at once are forgiven. Five on each of six connections are too many.
  for (let round = 0; round < 6 && sessions.get(sessionId) !== undefined; round++) {
    for (let i = 0; i < 5; i++, sent++) client.send(dataFrame('nonsense'));
    const told = await client.settled().then(
      () => true,
      () => false,
    );
    if (!told) break;
    client.cut();
    await eventually(() => expect(sessions.get(sessionId)?.state.name).toBe('dropped'));
    client = await RawClient.return(server.url, client, token);
  }
  expect(await client.closed).toMatchObject({ code: closeCodes.TOO_MANY_ERRORS.code });
  expect(sent).toBeGreaterThan(20);
  await eventually(() => expect(sessions.get(sessionId)).toBeUndefined());
});
