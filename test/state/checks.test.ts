/** The checks of the state over sockets: of the kit, and of unmodified SDK clients that do the comparing themselves. */
import { matchMaker } from '@colyseus/core';
import { Predict, type Room } from '@colyseus/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { GatehouseClient, type RoomConnection, type StateMismatch } from '../../client/src/index.ts';
import { CHECKS_OPTION, MoveInput, type Player, stateHash, stepMovement, WorldState } from '../../schema/index.ts';
import type { GameRoom } from '../../src/room/GameRoom.ts';
import { connectionOf } from '../../src/room/session-state.ts';
import { growth } from '../support/bystander.ts';
import { eventually } from '../support/eventually.ts';
import { join, startGatehouse } from '../support/gatehouse.ts';
import { nextNotification, rpc } from '../support/rpc.ts';
import { Seeded, seed } from '../support/seeded.ts';

const server = await startGatehouse({
  STATE_CHECK: '0.1',
  JOINS_PER_ADDRESS: '10000',
  MAX_CONNECTIONS_PER_ADDRESS: '1000',
});
const { sessions, counters } = server.platform;
const count = (label: string) => counters.get('state_checks', label);

type World = RoomConnection<WorldState>;

async function enterByKit(userId: string): Promise<{ world: World; mismatches: StateMismatch[] }> {
  const client = new GatehouseClient({ url: server.url, token: server.token(userId) });
  const world = await client.join('world', {}, { stateClass: WorldState });
  onTestFinished(() => world.leave());
  const mismatches: StateMismatch[] = [];
  world.on('mismatch', (mismatch) => mismatches.push(mismatch));
  return { world, mismatches };
}

/** An unmodified SDK client, with the hashes that it was told and those that it had. */
async function enterBySdk(userId: string, options: object = { [CHECKS_OPTION]: true }) {
  const room = await join(server.sdk(userId), 'world', options);
  room.reconnection.minUptime = 0;
  const told: number[] = [];
  const held: number[] = [];
  room.onMessage('rpc', (message) => {
    for (const { method, params } of [message].flat()) {
      if (method !== 'state.check') continue;
      told.push(params.hash);
      held.push(stateHash(room.state));
    }
  });
  await eventually(() => expect(room.state?.players?.has(room.sessionId)).toBe(true));
  return { room, told, held };
}

function stateOf(roomId: string): WorldState {
  return (matchMaker.getLocalRoomById(roomId) as unknown as GameRoom<WorldState>).state;
}

const cut = (sessionId: string) => connectionOf(sessions.get(sessionId)!.state)?.socket.terminate();

test('HS7 however players join, leave, move, walk in and out of sight, return and are sent all anew, nobody’s state is wrong', async () => {
  const random = new Seeded(seed);
  const before = counters.all();
  const kit = await Promise.all(['kit-1', 'kit-2', 'kit-3'].map(enterByKit));
  const sdk = await Promise.all(['sdk-1', 'sdk-2', 'sdk-3', 'sdk-4'].map((id) => enterBySdk(id)));
  const { roomId } = kit[0]!.world;
  const state = stateOf(roomId);

  // One of them predicts, as the page does.
  const { room } = sdk[0]!;
  const input = room.input({ type: MoveInput, mode: 'reliable' });
  const predict = Predict.get(room as Room<WorldState>);
  const me = predict.reconciler(room.state.players.get(room.sessionId) as Player, {
    input,
    fields: ['x', 'y', 'yaw'],
    step: (context, body, command) => stepMovement(body, command, context.dt),
  });
  const others = predict.attachAll('players', { x: 'lerp', y: 'lerp' });
  const play = setInterval(() => {
    for (let due = predict.tick(performance.now()); due > 0; due--) {
      Object.assign(input.data, { mx: random.below(255) - 127, my: random.below(255) - 127 });
      input.send();
    }
    for (const player of state.players.values()) {
      if (random.chance(0.02)) player.assign({ x: random.below(4_800), y: random.below(3_000) });
      else player.assign({ x: player.x + random.fraction(), y: player.y - random.fraction() });
    }
    const marks = [...state.marks.keys()];
    if (random.chance(0.2)) kit[0]!.world.rpc.call('world.placeMark', { x: 1, y: 2, label: 'Zoë' }).catch(() => {});
    if (marks.length > 5) state.marks.delete(random.pick(marks));
    for (const mark of state.marks.values()) if (random.chance(0.1)) mark.version += 1;
  }, 10);
  onTestFinished(() => {
    clearInterval(play);
    me.dispose();
    (others as { dispose?: () => void }).dispose?.();
    predict.dispose();
  });

  for (let round = 0; round < 12; round++) {
    const guest = await enterByKit(`guest-${round}`);
    const visitor = await enterBySdk(`visitor-${round}`);
    const resynced = random.pick(sdk).room;
    (matchMaker.getLocalRoomById(roomId) as unknown as GameRoom).resync(sessions.get(resynced.sessionId)!.client);
    for (const { sessionId } of [random.pick(sdk).room, random.pick(kit).world]) cut(sessionId);
    await eventually(() => expect(visitor.told.length).toBeGreaterThan(1));
    expect(visitor.held).toEqual(visitor.told);
    await Promise.all([guest.world.leave(), visitor.room.leave()]);
    expect(guest.mismatches).toEqual([]);
  }
  const checks = sdk.map(({ told }) => told.length);
  await eventually(() => sdk.forEach(({ told }, i) => void expect(told.length).toBeGreaterThan(checks[i]! + 3)));
  for (const { told, held } of sdk) expect(held, `SEED=${seed}`).toEqual(told);
  for (const { mismatches } of kit) expect(mismatches, `SEED=${seed}`).toEqual([]);
  const grown = growth(before, counters.all());
  expect(grown['state_checks:sent']).toBeGreaterThan(100);
  expect(grown['state_checks:mismatch']).toBeUndefined();
  expect(grown.sessions_returned).toBeGreaterThan(5);
}, 60_000);

test('HS9 a state that is wrong is found, told, counted and put right, in the objects that there are', async () => {
  const { world, mismatches } = await enterByKit('victim');
  const { room: neighbour } = await enterBySdk('neighbour');
  await world.rpc.call('world.placeMark', { x: 5, y: 6, label: 'here' });
  await eventually(() => expect(world.state.marks.size).toBeGreaterThan(0));
  await eventually(() => expect(world.state.players.has(neighbour.sessionId)).toBe(true));
  const [id, mark] = [...world.state.marks][0]!;
  const other = world.state.players.get(neighbour.sessionId)!;
  const spoil = [
    () => mark.assign({ label: 'wrong' }),
    () => other.assign({ hue: 999 }),
    () => (world.state.marks as unknown as { $items: Map<string, unknown> }).$items.delete(id),
    () => (world.state.marks as unknown as { $items: Map<string, unknown> }).$items.set('ghost', mark),
  ];
  for (const [at, wrong] of spoil.entries()) {
    const before = count('mismatch');
    wrong();
    expect(stateHash(world.state)).not.toBe(0);
    await eventually(() => expect(mismatches.length).toBe(at + 1));
    await eventually(() => expect(count('mismatch')).toBe(before + 1));
    await eventually(() => expect(world.state.marks.toJSON()).toEqual(stateOf(world.roomId).marks.toJSON()));
    await eventually(() => expect(other.hue).toBe(stateOf(world.roomId).players.get(neighbour.sessionId)!.hue));
    const sent = count('sent');
    await eventually(() => expect(count('sent')).toBeGreaterThan(sent + 6));
    expect(mismatches.length).toBe(at + 1);
    // What the session may ask for in a while is bounded (HS10); the next wrong is a while later.
    sessions.get(world.sessionId)!.methodRates.clear();
  }
  expect(world.state.players.get(neighbour.sessionId)).toBe(other);
});

test('HS10 a client that asks for the whole state again and again is refused, counted, and gets it a few times only', async () => {
  const { room } = await enterBySdk('greedy');
  const before = counters.all();
  const answers = [];
  for (let i = 0; i < 20; i++) answers.push(await rpc(room, 'state.resync', {}));
  const refused = answers.filter(({ error }) => error?.message.length > 0);
  expect(refused.length).toBeGreaterThanOrEqual(15);
  expect(refused[0].error.data.retryAfterMs).toBeGreaterThan(0);
  const grown = growth(before, counters.all());
  expect(grown['state_checks:mismatch']).toBe(20 - refused.length);
  expect(grown['rpc_errors:RATE_LIMITED']).toBe(refused.length);
});

test('HS11 who did not ask for checks gets none: unmodified SDK clients, and kits that are told so', async () => {
  const { told } = await enterBySdk('plain', {});
  const client = new GatehouseClient({ url: server.url, token: server.token('quiet'), stateChecks: false });
  const quiet = await client.join('world', {}, { stateClass: WorldState });
  onTestFinished(() => quiet.leave());
  let checked = 0;
  quiet.rpc.serve('state.check', () => checked++);
  const { room } = await enterBySdk('asks');
  for (let i = 0; i < 4; i++) await nextNotification(room, 'state.check');
  expect([told.length, checked]).toEqual([0, 0]);
});
