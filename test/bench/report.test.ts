import { expect, test } from 'vitest';
import { chartOf } from '../../bench/chart.ts';
import type { Machine } from '../../bench/machine.ts';
import { broken, markdown, rivalOf, type WorkloadResult } from '../../bench/report.ts';
import { runRounds } from '../../bench/rounds.ts';
import { type Workload, workloads } from '../../bench/workloads.ts';
import { startBrowser } from '../browser/support/visitors.ts';
import { reading } from './support/readings.ts';

const [BASE, ...RIVALS] = ['Colyseus', 'Gatehouse', 'Socket.IO 4.8.4', 'raw ws'] as const;
const machine: Machine = { cpu: 'Abacus', cores: 2, memoryGiB: 4, os: 'Linux', node: 'v24.0.0', pinned: true };
const frames = workloads.find(({ name }) => name === 'frames')!;
const play = workloads.find(({ name }) => name === 'play')!;

/** Three pairs of the same, of each with the base. */
function resultOf(workload: Workload, base: number, ...shares: readonly number[]): WorkloadResult {
  const [first, ...others] = shares.map((share, place) => {
    const pairs = [1, 2, 3].map((round) => ({ round, base: reading(base), platform: reading(share) }));
    return rivalOf(RIVALS[place]!, workload.measures, pairs);
  });
  return { workload, base: BASE, rivals: [first!, ...others] };
}

const good = resultOf(frames, 0.12, 0.126, 0.24, 0.06);

test('BE5 one row a measure: medians of all, ratios to the base, limits of Gatehouse', () => {
  const table = markdown(machine, [good, resultOf(play, 0.2, 0.1)], []);
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  expect(table).toMatch(/^Abacus, 2 cores, 4 GiB/);
  expect(rows[0]).toBe(
    '| workload | measure | Colyseus | Gatehouse | Socket.IO 4.8.4 | raw ws | limit of Gatehouse | holds |',
  );
  expect(rows[2]).toBe(
    '| frames | server CPU per delivered frame | 10.00 µs | 10.50 µs, **1.05** (1.05–1.05) | 20.00 µs, **2.00** (2.00–2.00) | 5.00 µs, **0.50** (0.50–0.50) | ≤ 1.10 | yes |',
  );
  // Who does not take part leaves the cell empty.
  expect(rows[3]).toContain('| 16.67 µs | 8.33 µs, **0.50** (0.50–0.50) |  |  | ≤ 1.10 |');
  const columns = rows.map((row) => row.split('|').length);
  expect(new Set(columns).size).toBe(1);
});

test('BE5 Gatehouse over its limit is told, a peer never', () => {
  expect(broken([good])).toEqual([]);
  const [sentence, ...rest] = broken([resultOf(frames, 0.12, 0.18, 0.9, 0.9)]);
  expect(sentence).toContain('The ratio was 1.50.');
  expect(rest).toEqual([]);
});

test('BE5 the conditions say what both of a pair did, in the same order', () => {
  const table = markdown(machine, [good], []);
  expect(table).toMatch(/^- frames, Colyseus \/ Gatehouse: .*3 pairs; server busy 12 % \/ 13 %/m);
  expect(table).toMatch(/^- frames, Colyseus \/ raw ws: .*server busy 12 % \/ 6 %/m);
});

test('BE4 the table says what is missing, and why', () => {
  const table = markdown(machine, [good], ['rpc: no time was left for it']);
  expect(table).toContain('| frames |');
  expect(table).toMatch(/^- not measured: rpc: no time was left for it$/m);
});

test('BE4 without time for a single turn the bench says nothing', async () => {
  const options = { rounds: 5, turnsPerRound: 8, warmUpMs: 0, sliceMs: 0, pins: { server: [], load: [] } };
  const contestants = [{ side: 'colyseus' }, { side: 'ws' }] as const;
  const run = runRounds(frames, { ...options, contestants, until: 0, onRound: () => {} });
  await expect(run).rejects.toThrow('no time was left for it');
});

test('BE6 the chart needs nothing from elsewhere, and says in words what it shows', () => {
  const chart = chartOf('Abacus.', [good]);
  expect(chart).not.toMatch(/<script|<link|<image|@import|url\(|href|\bon\w+=/i);
  expect(chart.match(/<rect class="bar/g)).toHaveLength(4);
  expect(chart).toContain('Colyseus 10.00 µs, Gatehouse 10.50 µs, Socket.IO 4.8.4 20.00 µs, raw ws 5.00 µs.');
});

test('BE6 a browser takes it as it is, and names stay text and whole', async () => {
  const workload: Workload = { ...frames, what: '<script>alert(1)</script> & more' };
  const chart = chartOf('A "fast" <machine>', [{ ...good, workload, base: '<b>raw</b>' }]);
  const page = await (await startBrowser()).newPage();
  await page.goto(`data:image/svg+xml,${encodeURIComponent(chart)}`);
  const texts = await page.locator('text').allTextContents();
  expect(texts).toEqual(expect.arrayContaining(['Socket.IO 4.8.4', '<b>raw</b>', '<script>alert(1)</script> & more']));
  expect(texts).toContain('A "fast" <machine>');
  expect(await page.locator('script, b').count()).toBe(0);
});
