import { setTimeout as pause } from 'node:timers/promises';
import { Protocol } from '@colyseus/core';
import { io } from 'socket.io-client';
import { expect, onTestFinished, test } from 'vitest';
import { Child } from '../../bench/child.ts';
import { PING, ping } from '../../bench/game.ts';
import type { LoadArgs, LoadCount } from '../../bench/load/index.ts';
import { join } from '../../bench/load/join.ts';
import { patchesOf } from '../../bench/servers/patches.ts';
import { type Servers, startServers } from '../../bench/servers/start.ts';
import { tokenOf } from '../../bench/tokens.ts';
import type { Side } from '../../bench/workloads.ts';
import { eventually } from '../support/eventually.ts';

const PLAYERS = 6;
const SIDES: readonly Side[] = ['colyseus', 'gatehouse', 'socketio', 'ws'];
/** Of Socket.IO's packet that comes before the bytes of a binary event. */
const HEAD = '451-["frame",{"_placeholder":true,"num":0}]'.length;

async function start(side: Side, quiet: boolean): Promise<Servers> {
  const servers = await startServers({ side, players: PLAYERS, quiet, pin: [] });
  onTestFinished(() => servers[Symbol.asyncDispose]());
  return servers;
}

async function crowdOf(side: Side, { ports }: Servers, callsInFlight: number): Promise<Child> {
  const args: LoadArgs = { side, ports, players: PLAYERS, inputsPerSecond: 0, callsInFlight };
  const crowd = new Child({ entry: new URL('../../bench/load/index.ts', import.meta.url), args, pin: [] });
  onTestFinished(() => crowd[Symbol.asyncDispose]());
  await crowd.ready();
  return crowd;
}

test.each(SIDES)('BE1 frames come while it runs, and none at rest: %s', async (side) => {
  const servers = await start(side, false);
  const crowd = await crowdOf(side, servers, 0);
  const before = await crowd.ask<LoadCount>('read');
  await servers.children[0]!.ask('run');
  await eventually(async () => {
    expect((await crowd.ask<LoadCount>('read')).frames - before.frames).toBeGreaterThan(20 * PLAYERS);
  });
  await servers.children[0]!.ask('rest');
  let last = await crowd.ask<LoadCount>('read');
  // What was on its way comes; then for the time of a dozen frames none does.
  await eventually(async () => {
    const seen = last.frames;
    await pause(200);
    last = await crowd.ask<LoadCount>('read');
    expect(last.frames).toBe(seen);
  });
  expect(last).toMatchObject({ wrong: 0, closed: 0, replies: 0 });
  const bytes = (last.frameBytes - before.frameBytes) / (last.frames - before.frames);
  const [patch] = patchesOf(PLAYERS);
  // Of rooms the mean says little: on a busy machine two ticks may be in one patch.
  if (side === 'ws') expect(bytes).toBe(patch!.byteLength);
  if (side === 'socketio') expect(bytes).toBe(patch!.byteLength + HEAD);
});

test('BE1 what those without a state send is as long as what rooms send', async () => {
  const wanted = patchesOf(1).map(({ byteLength }) => byteLength);
  expect(new Set(wanted).size).toBe(2);
  for (const side of ['colyseus', 'gatehouse'] as const) {
    const { children, ports } = await start(side, false);
    const seen = new Set<number>();
    const door = { port: ports[0]!, token: tokenOf('p0'), path: 'create/bench' };
    const socket = await join(door, (kind, frame) => {
      if (kind === Protocol.ROOM_STATE_PATCH) seen.add(frame.byteLength);
    });
    onTestFinished(() => socket.terminate());
    await children[0]!.ask('run');
    await eventually(() => expect([...seen]).toEqual(expect.arrayContaining(wanted)));
  }
});

test.each(SIDES)('BE1 each call is answered as it should be, without frames meanwhile: %s', async (side) => {
  const servers = await start(side, true);
  const crowd = await crowdOf(side, servers, 1);
  await servers.children[0]!.ask('run');
  await crowd.ask('run');
  await eventually(async () => {
    expect((await crowd.ask<LoadCount>('read')).replies).toBeGreaterThan(100);
  });
  expect(await crowd.ask<LoadCount>('read')).toMatchObject({ wrong: 0, closed: 0, frames: 0 });
});

test("BE2 a client of Socket.IO's own gets the same frames and the same answer", async () => {
  const servers = await start('socketio', false);
  const socket = io(`http://127.0.0.1:${servers.ports[0]}`, { transports: ['websocket'], reconnection: false });
  onTestFinished(() => {
    socket.close();
  });
  const frame = new Promise<Buffer>((resolve) => socket.once('frame', resolve));
  expect(await socket.emitWithAck(PING, { echo: 3 })).toEqual(ping(3));
  await servers.children[0]!.ask('run');
  const bytes = await frame;
  const crowd = await crowdOf('socketio', servers, 0);
  await eventually(async () => {
    const { frames, frameBytes } = await crowd.ask<LoadCount>('read');
    expect(frames).toBeGreaterThan(0);
    expect(frameBytes / frames).toBeCloseTo(bytes.byteLength + HEAD, -1);
  });
});
