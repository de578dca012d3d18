import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SoakResult } from '../../loadtest/soak/report.ts';
import { command, ownFolder } from './support/tool.ts';

test('LT15 a soak starts a server, loads it, and writes what became of memory, handles and latency', async () => {
  const path = join(await ownFolder(), 'soak');
  const args = ['--duration', '6s', '--clients', '10', '--rooms', '2', '--scenario', 'world', '--out', path];
  const { code, out, err } = await command('soak/index.ts', ...args);
  expect([code, err]).toEqual([0, '']);
  const result = JSON.parse(await readFile(`${path}.json`, 'utf8')) as SoakResult;
  const names = result.trends.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'memory of the process',
      'heap, at its floor',
      'handles',
      'open files',
      'RPC round trip, p99',
    ]),
  );
  expect(result.trends.every(({ begin, end, perHour }) => [begin, end, perHour].every(Number.isFinite))).toBe(true);
  expect(result.counts).toMatchObject({ joined: 10, lost: 0, mismatches: 0 });
  const markdown = await readFile(`${path}.md`, 'utf8');
  expect(markdown).toContain('| memory of the process |');
  expect(markdown).toContain('npm run soak -- --duration 6s --clients 10');
  expect(out).toContain(markdown);
  expect(await readFile(`${path}-load.html`, 'utf8')).toContain('<svg');
});

test('LT15 what a soak cannot do it refuses before it starts a server', async () => {
  const { code, err } = await command('soak/index.ts', '--scenario', 'dust');
  expect(code).toBe(2);
  expect(err).toContain('--scenario dust is none of world');
});
