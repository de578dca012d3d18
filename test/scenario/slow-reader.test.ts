import { type ChildProcess, fork } from 'node:child_process';
import { on } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { GameRoom } from '../../src/index.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { RawClient } from '../support/raw-client.ts';
import { ShiftingWorld, shift, TICKS_PER_SECOND, WorldReader } from '../support/shifting-world.ts';

class ShiftingRoom extends GameRoom<ShiftingWorld> {
  override state = new ShiftingWorld();
  override patchRate = 1_000 / TICKS_PER_SECOND;

  override onCreate(): void {
    shift(this.state);
    this.setSimulationInterval(() => shift(this.state), 1_000 / TICKS_PER_SECOND);
  }
}

const MIB = 1_048_576;
// Whoever stalls is not cut for being silent, and may be behind for long: here they shall come to read on.
const server = await startGatehouse(
  { HEARTBEAT: '60', OUTBOX_AGE: '60', OUTBOX_BYTES: String(MIB) },
  { rooms: { shifting: ShiftingRoom } },
);

const STALL_MS = 20_000;

/** Joins, and reads along. */
async function reader(url: string, token = ''): Promise<{ client: RawClient; world: WorldReader }> {
  const client = await RawClient.join(url, token, { room: 'shifting' });
  const world = new WorldReader(client.socket);
  onTestFinished(() => client.cut());
  return { client, world };
}

/** Colyseus loads PM2's agent, which talks on the same channel. */
async function urlOf(child: ChildProcess): Promise<string> {
  for await (const [message] of on(child, 'message')) if ('url' in message) return message.url;
  throw new Error('the server did not start');
}

const waiting = () => Math.max(0, ...[...server.connections].map(({ socket }) => socket.writer!.waitingBytes));

test('OB16 clients that stall for 20 s and read on never decode a state that is not the one of its tick, and nothing that waits is more than may', {
  timeout: 120_000,
}, async () => {
  const complaints = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')];
  const bystander = await reader(server.url, server.token('bystander'));
  const slow = await Promise.all([1, 2, 3].map((i) => reader(server.url, server.token(`slow-${i}`))));
  await expect.poll(() => slow.every(({ world }) => world.frames > 10)).toBe(true);
  for (const { client } of slow) client.socket.pause();
  const until = performance.now() + STALL_MS;
  let most = 0;
  const states = slow.map(({ world }) => world.states);
  // What the system takes before anything waits depends on the machine, and on how busy it is.
  const givenUp = () => server.platform.counters.all()['outbox:given_up'] ?? 0;
  while (performance.now() < until || givenUp() < slow.length) {
    await pause(100);
    most = Math.max(most, waiting());
  }
  const stalledAt = bystander.world.tick;
  for (const { client } of slow) client.socket.resume();
  for (const { world } of slow) await expect.poll(() => world.tick, { timeout: 30_000 }).toBeGreaterThan(stalledAt);
  // Back at the full rate, as everybody else.
  await expect.poll(() => waiting(), { timeout: 20_000 }).toBe(0);
  await expect
    .poll(() => [...server.connections].map(({ socket }) => socket.writer!.step), { timeout: 20_000 })
    .toEqual(Array(4).fill('free'));
  expect(slow.map(({ world }) => world.wrong)).toEqual([0, 0, 0]);
  expect(bystander.world.wrong).toBe(0);
  // What they missed came as a whole state.
  for (const [i, { world }] of slow.entries()) expect(world.states).toBeGreaterThan(states[i]!);
  // One batch may be on its way beside what waits.
  expect(most).toBeLessThan(MIB + 262_144);
  for (const complaint of complaints) expect(complaint).not.toHaveBeenCalled();
});

test('OB16 on the plain transport the same stall shows states that never were', { timeout: 120_000 }, async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  const plain = fork(new URL('../support/plain-server.ts', import.meta.url), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  onTestFinished(() => {
    plain.kill('SIGKILL');
  });
  const url = await urlOf(plain);
  const { client, world } = await reader(url);
  await expect.poll(() => world.frames).toBeGreaterThan(10);
  expect(world.wrong).toBe(0);
  client.socket.pause();
  await pause(STALL_MS);
  client.socket.resume();
  await expect.poll(() => world.wrong, { timeout: 20_000 }).toBeGreaterThan(0);
});
