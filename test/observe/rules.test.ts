import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { alertsOf, runbookOf } from '../support/runbooks.ts';

function promtool(...args: string[]): string {
  return execFileSync('promtool', args, { encoding: 'utf8' });
}

test('OA3 promtool takes the configuration and the rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-promtool-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync('deploy/prometheus', folder, { recursive: true });
  writeFileSync(join(folder, 'metrics-token'), 'a-word-of-16-chars');
  expect(promtool('check', 'config', join(folder, 'prometheus.yml'))).toContain(`${alertsOf().length} rules found`);
});

test('OA3 the unit tests of promtool hold, and are of every alert', () => {
  expect(promtool('test', 'rules', 'deploy/prometheus/alerts.test.yml')).toContain('SUCCESS');
  const tests = readFileSync('deploy/prometheus/alerts.test.yml', 'utf8');
  for (const { name, waits } of alertsOf()) {
    expect(tests).toContain(`alertname: ${name}\n        eval_time`);
    // One that waits is not there before its time.
    if (waits) expect(tests).toMatch(/exp_alerts: \[\]/);
  }
});

test('OA4 every alert has a severity, a summary and a runbook, and every runbook an alert', () => {
  const pages = alertsOf().map(({ name, severity, summary, runbook }) => {
    expect(['critical', 'warning']).toContain(severity);
    expect(summary).toMatch(/^.{20,}\.$/);
    expect(existsSync(runbook)).toBe(true);
    const text = readFileSync(runbook, 'utf8');
    expect(text).toMatch(new RegExp(`^# ${name}\n\nSeverity: ${severity}\\.`));
    for (const part of ['What players feel', 'How to confirm', 'What to do', 'What comes along']) {
      expect(text).toMatch(new RegExp(`\n## ${part}\n\n\\S`));
    }
    expect(runbookOf(name).query).not.toBe('');
    return runbook;
  });
  expect(
    readdirSync('docs/runbooks')
      .map((file) => `docs/runbooks/${file}`)
      .sort(),
  ).toEqual(pages.sort());
});
