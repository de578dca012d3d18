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
  ];
}

const MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
/** Two answers of a node that differ are a second apart. */
const MIN_WINDOW_MS = 5_000;

/** Of a configuration: its intervals, what rules look back on, and what they wait for. */
function shortened(text: string, times: number): string {
  const ms = (count: string, unit: string) => (Number(count) * MS[unit]!) / times;
  return text
    .replace(/^(\s*\w+_interval|\s*for): (\d+)([smh])$/gm, (_all, key, count, unit) => `${key}: ${ms(count, unit)}ms`)
    .replace(/^(\s*scrape_timeout): .*$/gm, '$1: 500ms')
    .replace(/\[(\d+)([smh])\]/g, (_all, count, unit) => `[${Math.max(MIN_WINDOW_MS, ms(count, unit))}ms]`);
}
