import { expect, test } from 'vitest';
import { closeCodes } from '../../schema/index.ts';
import { connectionOf } from '../../src/room/session-state.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { matchmake, RawClient, seatPath } from '../support/raw-client.ts';

const server = await startGatehouse({ RECONNECT_WINDOW: '5' });
const { sessions } = server.platform;
const stateOf = (client: RawClient) => sessions.get(client.sessionId)?.state.name;

/** Comes back to the seat of `from` with a recovery token, on a new socket. */
async function comeBack(from: RawClient, recoveryToken: string, { confirm = true } = {}): Promise<RawClient> {
  const query = `&reconnectionToken=${recoveryToken}&_authToken=${server.token('ada')}&skipHandshake=1`;
  const client = await RawClient.sit(server.url, from.seat!, { confirm, query });
  if (confirm) await client.settled();
  return client;
}

async function dropped(client: RawClient): Promise<void> {
  client.cut();
  await expect.poll(() => stateOf(client)).toBe('dropped');
}

async function enter(): Promise<RawClient> {
  const client = await RawClient.join(server.url, server.token('ada'));
  await client.settled();
  return client;
}

test('SS15 a client that comes back and is lost again before it could confirm keeps its session', async () => {
  const first = await enter();
  await dropped(first);
  const second = await comeBack(first, first.reconnectionToken!, { confirm: false });
  await dropped(second);
  const third = await comeBack(first, second.reconnectionToken!);
  expect(stateOf(third)).toBe('online');
  await third.leave();
});

test('SS16 until a return is confirmed the recovery token before it is good as well, as the new one may be lost on the way', async () => {
  const first = await enter();
  await dropped(first);
  const lost = await comeBack(first, first.reconnectionToken!, { confirm: false });
  await dropped(lost);
  const lostAgain = await comeBack(first, first.reconnectionToken!, { confirm: false });
  await dropped(lostAgain);
  const back = await comeBack(first, first.reconnectionToken!);
  expect(stateOf(back)).toBe('online');
  expect(sessions.get(back.sessionId)!.userId).toBe('ada');
  await back.leave();
});

test('SS17 once a return is confirmed the token before it is worth nothing', async () => {
  const first = await enter();
  await dropped(first);
  const second = await comeBack(first, first.reconnectionToken!);
  await dropped(second);
  const used = await RawClient.connect(
    server.url,
    `${seatPath(first.seat!)}&reconnectionToken=${first.reconnectionToken}&_authToken=${server.token('ada')}`,
  );
  expect((await used.closed).code).toBe(closeCodes.SEAT_GONE.code);
  expect(stateOf(second)).toBe('dropped');
  const third = await comeBack(first, second.reconnectionToken!);
  expect(stateOf(third)).toBe('online');
  await third.leave();
});

test('SS18 a return while the old socket is half open takes the seat at once', async () => {
  const first = await enter();
  const old = connectionOf(sessions.get(first.sessionId)!.state)!;
  const second = await comeBack(first, first.reconnectionToken!);
  expect(stateOf(second)).toBe('online');
  expect(old.socket.readyState).toBe(old.socket.CLOSED);
  expect(connectionOf(sessions.get(first.sessionId)!.state)).not.toBe(old);
  await second.leave();
});

test('SS19 a wrong recovery token costs the session nothing, connected or dropped', async () => {
  const first = await enter();
  const guess = `${seatPath(first.seat!)}&reconnectionToken=AAAAAAAAA&_authToken=${server.token('ada')}`;
  expect((await (await RawClient.connect(server.url, guess)).closed).code).toBe(closeCodes.SEAT_GONE.code);
  expect(stateOf(first)).toBe('online');
  await first.settled();
  await dropped(first);
  expect((await (await RawClient.connect(server.url, guess)).closed).code).toBe(closeCodes.SEAT_GONE.code);
  expect(stateOf(first)).toBe('dropped');
  await (await comeBack(first, first.reconnectionToken!)).leave();
});

test('SS16 the same holds for a page that reloads: matchmaking takes the token before, too', async () => {
  const first = await enter();
  await dropped(first);
  const lost = await comeBack(first, first.reconnectionToken!, { confirm: false });
  await dropped(lost);
  const body = JSON.stringify({ reconnectionToken: first.reconnectionToken });
  const answer = await matchmake(server.url, `reconnect/${first.seat!.roomId}`, { token: server.token('ada'), body });
  expect(answer).toMatchObject({ status: 200, body: { sessionId: first.sessionId } });
  await (await comeBack(first, first.reconnectionToken!)).leave();
});

test('SS20 ten returns in a row, half of them lost before they are confirmed, end in the same session', async () => {
  const first = await enter();
  const joinedAt = sessions.get(first.sessionId)!.joinedAt;
  let last = first;
  for (let i = 0; i < 10; i++) {
    await dropped(last);
    const token = last.reconnectionToken!;
    last = await comeBack(first, token, { confirm: i % 2 === 1 });
  }
  expect(stateOf(last)).toBe('online');
  expect(sessions.get(last.sessionId)!.joinedAt).toBe(joinedAt);
  await last.leave();
});

test('SS20 who got the next token before it was lost, and not the one after that, has a token that is good', async () => {
  const first = await enter();
  await dropped(first);
  const second = await comeBack(first, first.reconnectionToken!, { confirm: false });
  await dropped(second);
  const third = await comeBack(first, second.reconnectionToken!, { confirm: false });
  await dropped(third);
  const last = await comeBack(first, second.reconnectionToken!);
  expect(stateOf(last)).toBe('online');
  await last.leave();
});
