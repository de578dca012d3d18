/** Who sees whom in the world, over sockets, with unmodified SDK clients; players are put where the test wants them. */
import { matchMaker } from '@colyseus/core';
import { Predict, type Room } from '@colyseus/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { isFree, MoveInput, type Player, stepMovement, WORLD, type WorldState } from '../../schema/index.ts';
import { connectionOf } from '../../src/room/session-state.ts';
import { join, startGatehouse } from '../support/gatehouse.ts';
import { FRAME, RawClient } from '../support/raw-client.ts';

const server = await startGatehouse({ JOINS_PER_ADDRESS: '10000', MAX_CONNECTIONS_PER_ADDRESS: '1000' });
const { sessions } = server.platform;

/** Far from each other, and each with room around it. */
const WEST = { x: 1_200, y: 1_500 };
const EAST = { x: 4_500, y: 1_505 };

async function enter(userId: string): Promise<Room> {
  const room = await join(server.sdk(userId, { name: userId }), 'world');
  room.reconnection.minUptime = 0;
  await expect.poll(() => room.state?.players?.get(room.sessionId)).toBeDefined();
  return room;
}

function stateOf(roomId: string): WorldState {
  return (matchMaker.getLocalRoomById(roomId) as unknown as { state: WorldState }).state;
}

function put({ roomId, sessionId }: Pick<Room, 'roomId' | 'sessionId'>, place: { x: number; y: number }): void {
  Object.assign(stateOf(roomId).players.get(sessionId)!, place);
}

const idsIn = (room: Room): string[] => [...room.state.players.keys()].sort();
const ids = (...rooms: ReadonlyArray<{ sessionId: string }>): string[] =>
  rooms.map(({ sessionId }) => sessionId).sort();
const sees = (room: Room, ...others: ReadonlyArray<{ sessionId: string }>) =>
  expect.poll(() => idsIn(room)).toEqual(ids(room, ...others));

test('WD11 two who are far apart do not see each other, approach, see each other where they are, and part again', async () => {
  const [ada, ben] = [await enter('ada'), await enter('ben')];
  const news: string[] = [];
  const { Callbacks } = await import('@colyseus/sdk');
  const callbacks = Callbacks.get<WorldState>(ada as Room<WorldState>);
  callbacks.onAdd('players', (player: Player) => news.push(`+${player.name}`));
  callbacks.onRemove('players', (player: Player) => news.push(`-${player.name}`));
  put(ada, WEST);
  put(ben, EAST);
  await sees(ada);
  await sees(ben);
  news.length = 0;

  put(ben, { x: WEST.x + 900, y: WEST.y });
  await sees(ada, ben);
  await sees(ben, ada);
  const truth = () => stateOf(ada.roomId).players.get(ben.sessionId)!.toJSON();
  for (const room of [ada, ben]) expect(room.state.players.get(ben.sessionId).toJSON()).toEqual(truth());
  // Goes on being told.
  put(ben, { x: WEST.x + 800.25, y: WEST.y + 3.5 });
  for (const room of [ada, ben]) {
    await expect.poll(() => room.state.players.get(ben.sessionId).toJSON()).toEqual(truth());
  }

  put(ben, EAST);
  await sees(ada);
  await sees(ben);
  expect(news).toEqual(['+ben', '-ben']);
});

test('WD14 everybody is on everybody’s map, seen or not, and off it when they have left', async () => {
  const rooms = [await enter('ada'), await enter('ben'), await enter('cid')];
  const [ada, ben, cid] = rooms as [Room, Room, Room];
  put(ada, WEST);
  put(ben, EAST);
  put(cid, { x: 2_400, y: 2_900 });
  for (const room of rooms) await sees(room);
  const dots = (room: Room) => Object.fromEntries([...room.state.map].map(([id, { x, y }]) => [id, [x, y]]));
  // Ten units to both sides.
  const near = (value: number) => expect.closeTo(value, -1.3);
  for (const room of rooms) {
    await expect
      .poll(() => dots(room))
      .toEqual({
        [ada.sessionId]: [near(WEST.x), near(WEST.y)],
        [ben.sessionId]: [near(EAST.x), near(EAST.y)],
        [cid.sessionId]: [near(2_400), near(2_900)],
      });
  }
  await cid.leave();
  await expect.poll(() => Object.keys(dots(ada)).sort()).toEqual(ids(ada, ben));
});

test('WD17 one who loses the connection comes back to what there is to see now, in the same objects', async () => {
  const rooms = await Promise.all(['ada', 'stays', 'goes', 'comes', 'twin'].map(enter));
  const [ada, stays, goes, comes, twin] = rooms as [Room, Room, Room, Room, Room];
  for (const room of [ada, stays, goes, twin]) put(room, WEST);
  put(comes, EAST);
  await sees(ada, stays, goes, twin);
  const kept = [ada.sessionId, stays.sessionId].map((id) => ada.state.players.get(id));
  const back = new Promise<void>((resolve) => ada.onReconnect(() => resolve()));
  // Long enough for what happens meanwhile.
  ada.reconnection.delay = ada.reconnection.minDelay = 400;
  connectionOf(sessions.get(ada.sessionId)!.state)!.socket.terminate();
  await expect.poll(() => twin.state.players.get(ada.sessionId)?.connected).toBe(false);
  put(goes, EAST);
  put(comes, { x: WEST.x + 50, y: WEST.y });
  await sees(twin, ada, stays, comes);
  await back;
  await sees(ada, stays, comes, twin);
  expect([ada.sessionId, stays.sessionId].map((id) => ada.state.players.get(id))).toEqual(kept);
  expect(ada.state.players.get(stays.sessionId)).toBe(kept[1]);
  await expect.poll(() => idsIn(ada)).toEqual(idsIn(twin));
  put(comes, { x: WEST.x + 60, y: WEST.y });
  await expect.poll(() => ada.state.players.get(comes.sessionId).x).toBe(WEST.x + 60);
  await expect.poll(() => comes.state.players.get(ada.sessionId)?.connected).toBe(true);
});

test('WD12 on the socket of one who sees nobody there is nothing of the others but their dots', async () => {
  const alone = await RawClient.join(server.url, server.token('alone'));
  onTestFinished(() => void alone.leave());
  const crowd = await Promise.all(
    Array.from({ length: 30 }, (_, n) => RawClient.join(server.url, server.token(`crowd-${n}`))),
  );
  onTestFinished(() => void Promise.all(crowd.map((each) => each.leave())));
  const at = (client: RawClient) => ({ roomId: client.seat!.roomId, sessionId: client.sessionId });
  put(at(alone), WEST);
  for (const each of crowd) put(at(each), EAST);
  const bytes = { alone: [] as number[], crowd: [] as number[] };
  const count = (into: number[]) => (frame: Buffer) => {
    if ((frame[0]! & 0x1f) === FRAME.ROOM_STATE_PATCH) into.push(frame.byteLength);
  };
  alone.socket.on('message', count(bytes.alone));
  crowd[0]!.socket.on('message', count(bytes.crowd));
  // All who are to go out of sight have gone, when nothing but the tick is left.
  const quiet = () => bytes.alone.length > 30 && bytes.alone.slice(-30).every((length) => length < 20);
  await expect.poll(quiet).toBe(true);
  bytes.alone.length = 0;
  let n = 0;
  const shake = setInterval(() => {
    n += 1;
    // Within one step of the map.
    for (const each of crowd) put(at(each), { x: EAST.x + (n % 3), y: EAST.y + (n % 2) });
  }, 10);
  onTestFinished(() => clearInterval(shake));
  bytes.crowd.length = 0;
  await expect.poll(() => bytes.crowd.filter((length) => length > 250).length).toBeGreaterThan(20);
  expect(bytes.alone.length).toBeGreaterThan(10);
  // A few ticks in one frame, should this machine have been busy.
  expect(Math.max(...bytes.alone)).toBeLessThan(60);
});

test('WD19 the SDK’s prediction of the own player needs no correction, near others and beside walls', async () => {
  const [ada, ben] = [await enter('ada'), await enter('ben')];
  put(ada, { x: 2_240, y: 1_640 });
  put(ben, { x: 2_300, y: 1_700 });
  await expect.poll(() => ada.state.players.get(ada.sessionId).x).toBe(2_240);
  const input = ada.input({ type: MoveInput, mode: 'reliable' });
  const predict = Predict.get(ada as Room<WorldState>);
  const me = predict.reconciler(ada.state.players.get(ada.sessionId) as Player, {
    input,
    fields: ['x', 'y', 'yaw'],
    step: (context, body, command) => stepMovement(body, command, context.dt),
    warnOnDivergence: 1e-9,
  });
  let steps = 0;
  const walk = setInterval(() => {
    for (let due = predict.tick(performance.now()); due > 0; due--) {
      const angle = Math.floor(steps++ / 20) * 2.4;
      Object.assign(input.data, { mx: Math.round(Math.cos(angle) * 127), my: Math.round(Math.sin(angle) * 127) });
      input.send();
    }
    // One who comes into sight and goes, all the time.
    if (steps % 15 === 0) put(ben, steps % 30 === 0 ? EAST : { x: 2_300, y: 1_700 });
  }, 8);
  onTestFinished(() => {
    clearInterval(walk);
    me.dispose();
    predict.dispose();
  });
  await expect.poll(() => me.reconcileSeq, { timeout: 15_000 }).toBeGreaterThan(100);
  expect(steps).toBeGreaterThan(100);
  expect(me.drift).toEqual({ ema: 0, peak: 0 });
});

test('WD20 newcomers begin on free ground, and so near to each other that all of them meet', async () => {
  const rooms = await Promise.all(Array.from({ length: 8 }, (_, n) => enter(`new-${n}`)));
  for (const room of rooms) {
    const { x, y } = room.state.players.get(room.sessionId);
    expect(isFree(x, y)).toBe(true);
    expect(Math.hypot(x - WORLD.start.x, y - WORLD.start.y)).toBeLessThanOrEqual(WORLD.start.radius + 0.001);
    await sees(room, ...rooms.filter((other) => other !== room));
  }
});
