import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('../deploy/prometheus', import.meta.url));

export interface Observation {
  /** Where its files go. */
  readonly folder: string;
  readonly port: number;
  /** Host and port of each node. */
  readonly targets: readonly string[];
  /** The METRICS_TOKEN of the nodes. */
  readonly token: string;
  /** How many times shorter every interval is, for tests. Default 1. */
  readonly faster?: number;
}

/** Writes the files of deploy/prometheus as they run for these nodes. Returns the arguments that Prometheus starts with. */
export function prometheusArguments({ folder, port, targets, token, faster = 1 }: Observation): string[] {
  mkdirSync(folder, { recursive: true });
  for (const name of ['prometheus.yml', 'alerts.yml']) {
    if (faster === 1) copyFileSync(join(SOURCE, name), join(folder, name));
    else writeFileSync(join(folder, name), shortened(readFileSync(join(SOURCE, name), 'utf8'), faster));
  }
  writeFileSync(join(folder, 'targets.yml'), JSON.stringify([{ targets }]));
  writeFileSync(join(folder, 'metrics-token'), token, { mode: 0o600 });
  return [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    // Ways from a panel to traces, where a collector is configured.
    '--enable-feature=exemplar-storage',
  ];
}

const MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
/** An answer of a node is good for a second; one that comes late must not make it look dead. */
const LEAST_MS = { interval: 1_000, for: 2_000, window: 4_000 };

/** Of a configuration: its intervals, what rules look back on, and what they wait for. */
function shortened(text: string, times: number): string {
  const ms = (least: number, count: string, unit: string) =>
    `${Math.max(least, Math.round((Number(count) * MS[unit]!) / times))}ms`;
  return text
    .replace(/^\s*scrape_timeout: .*\n/gm, '')
    .replace(
      /(\w+_interval): (\d+)([smh])$/gm,
      (_all, key, ...time) => `${key}: ${ms(LEAST_MS.interval, time[0], time[1])}`,
    )
    .replace(/(\s+for): (\d+)([smh])$/gm, (_all, key, ...time) => `${key}: ${ms(LEAST_MS.for, time[0], time[1])}`)
    .replace(/\[(\d+)([smh])\]/g, (_all, ...time) => `[${ms(LEAST_MS.window, time[0], time[1])}]`);
}
