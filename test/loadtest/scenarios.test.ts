import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scenarioNames } from '../../loadtest/scenarios/index.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { loadtest, ownFolder } from './support/tool.ts';

const server = await startGatehouse({ STATE_CHECK: '1', JOINS_PER_ADDRESS: '100000', JOINS_PER_USER: '1000' });
const folder = await ownFolder();
const play = (...args: string[]) => loadtest(folder, '--url', server.url, ...args);

/** Short enough for a test. */
const quick: Readonly<Record<string, readonly string[]>> = {
  lobby: ['--set', 'statuses=1', '--set', 'pages=1'],
  chat: ['--set', 'says=1'],
  churn: ['--set', 'seconds=1', '--duration', '8s'],
  'reconnect-storm': ['--set', 'every=2', '--duration', '6s'],
  'slow-readers': ['--set', 'percent=30', '--set', 'stall=1'],
  mixed: ['--set', 'seconds=1', '--set', 'cuts=1', '--set', 'stall=1'],
};

test.each(scenarioNames)('LT8 %s is played to its end, and nobody is lost', async (scenario) => {
  const args = ['--clients', '20', '--rooms', '2', '--ramp', '40/s', '--duration', '2s'];
  const { code, err, result } = await play('--scenario', scenario, ...args, ...(quick[scenario] ?? []));
  expect(result.problems.filter(({ sentence }) => !/RATE_LIMITED/.test(sentence))).toEqual([]);
  expect([code, err]).toEqual([0, '']);
  const { counts, durations } = result;
  if (scenario === 'churn') expect(counts.joined).toBeGreaterThan(20);
  if (scenario === 'chat') expect(durations.delivery!.samples).toBeGreaterThan(100);
  if (scenario === 'reconnect-storm') {
    expect(counts.drops).toBeGreaterThanOrEqual(20);
    expect(counts.recoveries).toBe(counts.drops);
    expect(durations.recovery!.samples).toBe(counts.drops);
  }
  if (scenario === 'rpc') expect(counts.calls).toBeGreaterThan(300);
});

test('LT8 lean players come back, too', async () => {
  const args = ['--client', 'lean', '--clients', '10', '--ramp', '40/s', '--duration', '6s', '--set', 'every=2'];
  const { code, result } = await play('--scenario', 'reconnect-storm', ...args);
  expect(result.counts.recoveries).toBe(result.counts.drops);
  expect(result.counts.drops).toBeGreaterThanOrEqual(10);
  expect(code).toBe(0);
});

/**
 * As people write them: types imported without saying so, an enum, a neighbour without an ending, no package beside it.
 * One of its players leaves by itself: nobody has lost it.
 */
const BOT = `
import { Client, Room } from "@colyseus/sdk";
import { cli, Options } from "@colyseus/loadtest";
import { greeting } from "./greeting";

enum Step { Joining, Joined }

cli(async function main(options: Options) {
  let step = Step.Joining;
  const client = new Client(options.endpoint);
  const room: Room = await client.joinOrCreate(options.roomName, { greeting, from: options.clientId });
  step = Step.Joined;
  console.log("joined as", options.clientId, "of", options.numClients, step);
  room.onMessage("*", () => {});
  room.onStateChange((state) => {});
  room.onError((code, message) => console.error(code, message));
  room.onLeave((code) => console.log("left with", code));
  if (options.clientId === 0) setTimeout(() => room.leave(), 200);
});
`;

test('LT9 a file that was written for @colyseus/loadtest runs as it is', async () => {
  await writeFile(join(folder, 'bot.ts'), BOT);
  await writeFile(join(folder, 'greeting.ts'), 'export const greeting: string = "hello";');
  const args = ['--clients', '5', '--ramp', '40/s', '--duration', '2s', '--room', 'world'];
  const { code, err, result } = await play('--scenario', join(folder, 'bot.ts'), ...args);
  expect([code, err]).toEqual([0, '']);
  expect(result.problems).toEqual([]);
  expect(result.counts).toMatchObject({ joined: 5, lost: 0, errors: 0 });
  expect(result.counts.patches).toBeGreaterThan(4 * 60);
  expect(result.durations.join!.samples).toBe(5);
});

test('DC1 the sample of a scenario works', async () => {
  const args = ['--clients', '4', '--ramp', '40/s', '--duration', '2s', '--set', 'marks=1'];
  const { code, result } = await play('--scenario', 'docs/samples/load-scenario.ts', ...args);
  expect(code).toBe(0);
  expect(result.counts.calls).toBeGreaterThanOrEqual(4);
  expect(result.counts.callsFailed).toBe(0);
});

test('LT12 a scenario that throws is counted, the others play on, and the report names it', async () => {
  const args = ['--clients', '6', '--ramp', '40/s', '--duration', '1s'];
  const { code, out, result } = await play('--scenario', 'test/loadtest/files/throws.ts', ...args);
  expect(code).toBe(1);
  expect(result.counts).toMatchObject({ joined: 6, errors: 3, lost: 0 });
  expect(result.problems).toEqual([{ sentence: 'the scenario threw: the bot has lost its way', count: 3 }]);
  expect(out).toContain('✗ errors=0 does not hold: scenario errors was 3');
});

test.each([
  ['shapeless.ts', 'has no default export made by defineScenario'],
  ['broken.ts', 'cannot be loaded: a bot that cannot even be read'],
  ['missing.ts', 'there is no such file'],
])('LT12 a file that is no scenario is refused before anybody joins: %s', async (file, sentence) => {
  const { code, err } = await play('--scenario', `test/loadtest/files/${file}`);
  expect(code).toBe(2);
  expect(err).toContain(sentence);
});
