import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { profiles } from '../../simulator/index.ts';
import { startGatehouse } from '../support/gatehouse.ts';

const simulate = 'scripts/simulate.ts';

test('SM15 the command puts a network in front of a server, says where, and ends in order on a signal', async () => {
  const server = await startGatehouse();
  const { host } = new URL(server.url);
  const args = [simulate, '--to', host, '--profile', 'wifi', '--seed', '7', '--faults', '60'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const address = await new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      const url = /wifi in front of \S+, seed 7: (\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  expect((await fetch(`${address}/health/live`)).status).toBe(200);
  await expect.poll(() => lines.some((line) => line.includes('"target":"link"'))).toBe(true);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

test.each([
  ['--to', 'somewhere'],
  ['--to', '192.0.2.1:80'],
  ['--profile', 'toString'],
  ['--port', '65536'],
  ['--seed', 'x'],
  ['--faults', '0'],
])('SM15 the command refuses %s %s with a sentence', (option, value) => {
  const { status, stderr } = spawnSync(process.execPath, [simulate, option, value], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain(value.split(':')[0]);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('SM15 the profiles are documented as they are', () => {
  const document = readFileSync('docs/simulator.md', 'utf8');
  const rate = (bytes: number) => (Number.isFinite(bytes) ? `${bytes / 125_000} Mbit/s` : '—');
  for (const [name, is] of Object.entries(profiles)) {
    const cells = [
      `\`${name}\``,
      `${is.latencyMs} ms`,
      `${is.jitterMs} ms`,
      `${is.loss * 100} %`,
      rate(is.upBytesPerSecond),
      rate(is.downBytesPerSecond),
      `${is.queueBytes / 1_024} KiB`,
    ];
    expect(document).toContain(`| ${cells.join(' | ')} |`);
  }
});
