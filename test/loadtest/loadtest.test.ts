import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startGatehouse } from '../support/gatehouse.ts';

const server = await startGatehouse();

/** Not spawnSync: the server of this test must go on answering. */
async function loadtest(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, ['loadtest/index.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, out, err };
}

test('LT1 players join, walk and ask, and what they felt is printed', async () => {
  const { code, out } = await loadtest('--url', server.url, '--clients', '5', '--duration', '1');
  expect(out).toMatch(/join .*\d/);
  expect(out).toMatch(/rpc round trip +\d/);
  expect(out).toContain('5 played to the end, 0 failed, 0 drops');
  expect(code).toBe(0);
});

test('LT2 a number out of its bounds, or a server that is not there, ends with 1 and says why', async () => {
  const many = await loadtest('--clients', '100000');
  expect([many.code, many.err]).toEqual([1, '--clients 100000 must be a whole number from 1 to 500\n']);
  const nobody = await loadtest('--url', 'http://127.0.0.1:9', '--clients', '1', '--duration', '1');
  expect(nobody.code).toBe(1);
  expect(nobody.out).toContain('0 played to the end, 1 failed');
});
