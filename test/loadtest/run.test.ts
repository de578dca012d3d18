import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { matchMaker } from '@colyseus/core';
import { expect, test } from 'vitest';
import { rooms } from '../../rooms/index.ts';
import { WorldRoom } from '../../rooms/WorldRoom.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { loadtest, ownFolder } from './support/tool.ts';

/** Says of everybody's state that it should be another. */
class LyingRoom extends WorldRoom {
  override onCreate(): void {
    super.onCreate();
    this.clock.setInterval(() => this.notifyAll('state.check', { hash: 1 }), 300);
  }
}

// The kit's checks come every five seconds; a test does not wait that long.
const server = await startGatehouse(
  { STATE_CHECK: '1', JOINS_PER_ADDRESS: '100000', JOINS_PER_USER: '1000' },
  { rooms: { ...rooms, lying: LyingRoom } },
);
const folder = await ownFolder();
const play = (...args: string[]) => loadtest(folder, '--url', server.url, ...args);

test.each(['sdk', 'lean'])(
  'LT1 LT3 players of kind %s join, walk and ask, and a report says what they felt',
  async (client) => {
    const args = ['--client', client, '--clients', '12', '--ramp', '40/s', '--duration', '3s', '--gate', 'rpc.p50<5s'];
    const { code, out, err, result, page } = await play(...args);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/RPC round trip +\d/);
    expect(out).toContain('12 of 12 were in at once; 12 joins, 0 refused');
    expect(out).toContain('✓ rpc.p50<5s holds');
    const { counts, durations } = result;
    expect(counts).toMatchObject({ joined: 12, refused: 0, drops: 0, lost: 0, mismatches: 0, faults: 0, errors: 0 });
    expect(counts.patches).toBeGreaterThan(12 * 60);
    expect(counts.inputs).toBeGreaterThan(12 * 60);
    expect(counts.callsFailed).toBe(0);
    // Whoever decodes has compared what it holds with the server: one of the lean, all of the others.
    expect(counts.checks).toBeGreaterThanOrEqual(client === 'lean' ? 1 : 12);
    expect(durations.patch!.p50).toBeGreaterThan(5);
    expect(durations.join!.samples).toBe(12);
    expect(page).toContain('<svg');
  },
);

test('LT4 rooms that are asked for are made once and filled evenly, whichever process their players are in', async () => {
  const known = new Set((await worlds()).map(({ roomId }) => roomId));
  const playing = play('--clients', '12', '--rooms', '3', '--workers', '2', '--ramp', '60/s', '--duration', '4s');
  const own = async () => (await worlds()).filter(({ roomId }) => !known.has(roomId));
  await expect.poll(async () => (await own()).map(({ clients }) => clients)).toEqual([4, 4, 4]);
  const { result } = await playing;
  expect(result.asked).toMatchObject({ rooms: 3, workers: 2, room: 'world' });
  expect(result.counts.joined).toBe(12);
});

test.each(['sdk', 'lean'])('LT4 a room that all have left is made anew (%s)', async (client) => {
  const args = ['--client', client, '--clients', '1', '--rooms', '1', '--duration', '4s', '--set', 'seconds=1'];
  const { code, result } = await play('--scenario', 'churn', ...args);
  expect(result.problems).toEqual([]);
  expect(result.counts.joined).toBeGreaterThanOrEqual(2);
  expect(code).toBe(0);
});

test('LT5 numbers of a scenario can be changed, and no others', async () => {
  const { result } = await play(
    '--clients',
    '4',
    '--ramp',
    '40/s',
    '--duration',
    '2s',
    '--set',
    'inputs=0',
    '--seed',
    '5',
  );
  expect(result.counts.inputs).toBe(0);
  expect(result.asked).toMatchObject({ settings: { inputs: 0, calls: 1 }, seed: 5 });
  const { code, err } = await play('--clients', '1', '--set', 'input=3');
  expect([code, err]).toEqual([2, '--set input: the scenario has inputs, calls\n']);
});

test('LT7 a gate that does not hold ends the run with 1 and its sentence', async () => {
  const { code, out, result } = await play(
    '--clients',
    '2',
    '--duration',
    '1s',
    '--gate',
    'patch.p50<1ms',
    '--gate',
    'joined=2',
  );
  expect(code).toBe(1);
  expect(out).toMatch(/✗ patch\.p50<1ms does not hold: between patches, p50, was \d/);
  expect(out).toContain('✓ joined=2 holds: joined was 2');
  expect(result.passed).toBe(false);
  expect(out).toContain('Not all gates hold.');
});

test('LT16 tokens are read from a file, a line for each player', async () => {
  const file = join(folder, 'tokens');
  await writeFile(file, `${server.token('ada')}\n${server.token('ben')}\n`);
  const playing = play('--clients', '2', '--tokens', file, '--ramp', '40/s', '--duration', '3s');
  const statusOf = async (userId: string) => (await server.platform.presence.get(userId))?.status;
  await expect.poll(() => Promise.all([statusOf('ada'), statusOf('ben')])).toEqual(['online', 'online']);
  expect((await playing).result.counts.joined).toBe(2);
});

test.each(['sdk', 'lean'])(
  'LT10 a state that is not what the server says is found, by players of kind %s',
  async (client) => {
    const { code, out, result } = await play(
      '--client',
      client,
      '--room',
      'lying',
      '--clients',
      '1',
      '--duration',
      '2s',
    );
    expect(code).toBe(1);
    expect(result.counts.mismatches).toBeGreaterThanOrEqual(3);
    // Those that the platform itself sends are right.
    expect(result.counts.checks).toBeGreaterThan(result.counts.mismatches);
    expect(out).toMatch(/✗ mismatches=0 does not hold: hash mismatches was \d/);
  },
);

test('LT11 a profile of the simulator lies between players and server', async () => {
  const { result } = await play(
    '--clients',
    '4',
    '--ramp',
    '40/s',
    '--duration',
    '3s',
    '--network',
    'lossy',
    '--set',
    'inputs=20',
  );
  // 75 ms each way.
  expect(result.durations.rpc!.min).toBeGreaterThanOrEqual(150);
  expect(result.counts).toMatchObject({ joined: 4, lost: 0, mismatches: 0 });
});

async function worlds(): Promise<Array<{ roomId: string; clients: number }>> {
  return (await matchMaker.query({ name: 'world' })).map(({ roomId, clients }) => ({ roomId, clients }));
}
