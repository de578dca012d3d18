import { stripVTControlCharacters } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { pageOf } from '../../loadtest/report/page.ts';
import type { Result } from '../../loadtest/report/result.ts';
import { type Progress, run } from '../../loadtest/run/run.ts';
import { hints, summaryOf } from '../../loadtest/terminal/summary.ts';
import { View } from '../../loadtest/terminal/View.ts';
import { startBrowser } from '../browser/support/visitors.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { loadtest, optionsOf, ownFolder } from './support/tool.ts';

const server = await startGatehouse();
const folder = await ownFolder();
let result: Result;
let page: string;

beforeAll(async () => {
  const args = ['--url', server.url, '--clients', '6', '--ramp', '40/s', '--duration', '3s'];
  ({ result, page } = await loadtest(folder, ...args));
});

test('LT3 a report is one page that needs nothing from elsewhere and runs no script', () => {
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/<script|<link|<img|@import|url\(|\bon\w+=/i);
  // The addresses that it has are text: of the server, and of the namespace of SVG if any.
  expect(page.match(/(?:src|href)=/g)).toBe(null);
});

test('LT3 it shows every figure in a browser, dark or light, wide or narrow, without a word on the console', async () => {
  const browser = await startBrowser();
  for (const [colorScheme, width] of [
    ['light', 1_280],
    ['dark', 390],
  ] as const) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
    const tab = await context.newPage();
    const said: string[] = [];
    tab.on('console', (message) => said.push(message.text()));
    tab.on('pageerror', (error) => said.push(String(error)));
    await tab.setContent(page);
    expect(await tab.locator('figure svg').count()).toBeGreaterThanOrEqual(10);
    expect(await tab.locator('.verdict').textContent()).toBe('✓ all gates hold');
    expect(await tab.locator('h1').textContent()).toBe('world · 6 players');
    // Nothing wider than the screen but what scrolls by itself.
    expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(said).toEqual([]);
    await context.close();
  }
});

test('LT3 what servers and scenarios say stays text', () => {
  const hostile = '<script>alert(1)</script><b onload="x">';
  const forged = pageOf({
    ...result,
    incomplete: hostile,
    problems: [{ sentence: hostile, count: 1 }],
    asked: { ...result.asked, scenario: hostile, summary: hostile, room: hostile, url: hostile },
  });
  expect(forged).not.toMatch(/<script|<b onload/);
  expect(forged).toContain('&lt;script&gt;alert(1)');
});

test('LT3 numbers are the same on the page, in the file and on the terminal', () => {
  const { p99 } = result.durations.rpc!;
  const text = p99 < 10 ? p99.toFixed(2) : p99.toFixed(1);
  expect(page).toContain(`${text} ms`);
  expect(summaryOf(result, [])).toContain(`${text} ms`);
  const { buckets, samples } = result.durations.patch!;
  expect(buckets.filter((_each, i) => i % 2 === 1).reduce((sum, count) => sum + count)).toBe(samples);
  expect(result.steps.reduce((sum, step) => sum + (step.counts.patches ?? 0), 0)).toBe(result.counts.patches);
});

test('LT3 a report of nothing at all can be read, and a tool that was held up says so', () => {
  const empty = {
    ...result,
    durations: {},
    steps: [],
    rates: {},
    problems: [],
    verdicts: [],
    incomplete: 'nobody got in',
  };
  expect(pageOf(empty)).toContain('This report is of a part.');
  expect(summaryOf(empty, [])).toContain('Not whole: nobody got in.');
  const late = { ...result.durations.rpc!, p99: 250 };
  expect(hints({ ...result, durations: { ...result.durations, lateness: late } }).join()).toContain(
    'the load tool itself was held up',
  );
});

test('LT14 a terminal is drawn in place, no wider than it is; elsewhere a line is written now and then', async () => {
  const options = optionsOf('--url', server.url, '--clients', '3', '--ramp', '40/s', '--duration', '2s');
  const moments: Progress[] = [];
  await run(options, { stop: new AbortController().signal, watch: (progress) => moments.push({ ...progress }) });
  const written: string[] = [];
  const screen = { write: (text: string) => written.push(text), isTTY: true, columns: 60, rows: 50 };
  const view = new View(screen, options);
  for (const moment of moments) view.show(moment);
  view.close();
  const [hide, first, second, ...others] = written;
  expect([hide, others.at(-1)]).toEqual(['\u001b[?25l', '\u001b[?25h']);
  const lines = first!.split('\n').length - 1;
  expect(second!.startsWith(`\u001b[${lines}A`)).toBe(true);
  const plainText = stripVTControlCharacters(others.join(''));
  expect(plainText).toContain('in 3 of 3');
  expect(Math.max(...plainText.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);

  const lined: string[] = [];
  const plain = new View({ write: (text: string) => lined.push(text) }, options);
  for (const moment of moments) plain.show(moment);
  plain.close();
  expect(lined).toHaveLength(1);
  expect(lined[0]).toMatch(/^0:00 of 0:02 · \d of 3 in · joins refused 0 .*lost 0\n$/);
});
