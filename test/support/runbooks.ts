import { readFileSync } from 'node:fs';

export interface Alert {
  readonly name: string;
  readonly severity: string;
  readonly summary: string;
  /** Path of its page. */
  readonly runbook: string;
  /** Its condition must hold for a while. */
  readonly waits: boolean;
}

/** The alerts of deploy/prometheus/alerts.yml. */
export function alertsOf(): Alert[] {
  const [, ...entries] = readFileSync('deploy/prometheus/alerts.yml', 'utf8').split('- alert: ');
  return entries.map((text) => ({
    name: /^\w+/.exec(text)?.[0] ?? '',
    severity: /severity: (\w+)/.exec(text)?.[1] ?? '',
    summary: /summary: (.*)/.exec(text)?.[1] ?? '',
    runbook: /runbook: (\S+)/.exec(text)?.[1] ?? '',
    waits: /^\s+for: /m.test(text),
  }));
}

export interface Runbook {
  /** That confirms it. */
  readonly query: string;
  /** Other alerts that fire with it, by its own word. */
  readonly along: readonly string[];
}

export function runbookOf(alert: string): Runbook {
  const entry = alertsOf().find(({ name }) => name === alert);
  if (entry === undefined) throw new Error(`there is no alert ${alert}`);
  const text = readFileSync(entry.runbook, 'utf8');
  const names = new Set(alertsOf().map(({ name }) => name));
  const along = text.split('## What comes along')[1] ?? '';
  return {
    query: /```promql\n([\s\S]*?)\n```/.exec(text)?.[1] ?? '',
    along: (along.match(/\w+/g) ?? []).filter((word) => names.has(word)),
  };
}
