import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../scripts/free-port.ts';
import { prometheusArguments } from '../../scripts/observe.ts';

const MISSING = 'prometheus is not installed, and these tests are nothing without it. Run: apt-get install prometheus';

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [at: number, text: string];
}

/** A real Prometheus that reads nodes, with the rules of deploy/prometheus. */
export class Prometheus {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** `faster`: all its intervals are so many times shorter. */
  static async start(
    onEnd: (end: () => Promise<void>) => void,
    { urls, faster }: { urls: readonly string[]; faster: number },
  ): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-prometheus-'));
    const port = await freePort();
    const targets = urls.map((url) => new URL(url).host);
    const args = prometheusArguments({ folder, port, targets, token: 'not-asked-for-in-tests', faster });
    const child = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    onEnd(async () => {
      await ended(child);
      rmSync(folder, { recursive: true });
    });
    await ready(child);
    return new Prometheus(`http://127.0.0.1:${port}`);
  }

  /** @throws Error when it is no query */
  async query(query: string): Promise<Series[]> {
    const data = (await this.#get(`query?${new URLSearchParams({ query })}`)) as { result: Series[] };
    return data.result;
  }

  /** The traces that it was told of for the series of a query. @throws Error when it is no query */
  async exemplars(query: string): Promise<Array<{ series: Record<string, string>; trace: string }>> {
    const hour = 3_600;
    const now = Date.now() / 1_000;
    const range = { query, start: String(now - hour), end: String(now + hour) };
    const data = (await this.#get(`query_exemplars?${new URLSearchParams(range)}`)) as Array<{
      seriesLabels: Record<string, string>;
      exemplars: Array<{ labels: { trace_id: string } }>;
    }>;
    return data.flatMap(({ seriesLabels: series, exemplars }) =>
      exemplars.map(({ labels }) => ({ series, trace: labels.trace_id })),
    );
  }

  /** Names of the alerts that fire, sorted, each once. */
  async firing(): Promise<string[]> {
    const series = await this.query('ALERTS{alertstate="firing"}');
    return [...new Set(series.map(({ metric }) => metric.alertname!))].sort();
  }

  async targets(): Promise<Array<{ health: string; scrapeUrl: string }>> {
    return ((await this.#get('targets')) as { activeTargets: Array<{ health: string; scrapeUrl: string }> })
      .activeTargets;
  }

  /** Names of the alerts that it knows. */
  async rules(): Promise<string[]> {
    const { groups } = (await this.#get('rules')) as {
      groups: Array<{ rules: Array<{ name: string; health: string }> }>;
    };
    return groups.flatMap(({ rules }) => rules.map(({ name }) => name));
  }

  async #get(path: string): Promise<unknown> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const body = (await response.json()) as { status: string; error?: string; data: unknown };
    if (body.status !== 'success') throw new Error(body.error);
    return body.data;
  }
}

async function ready(child: ChildProcess): Promise<void> {
  const log: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? new Error(MISSING) : error));
    child.once('exit', (code) => reject(new Error(`prometheus ended with ${code}:\n${log.join('\n')}`)));
    createInterface({ input: child.stderr! }).on('line', (line) => {
      if (log.length < 100) log.push(line);
      if (line.includes('Server is ready to receive web requests')) resolve();
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
