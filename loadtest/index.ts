/** Players by the dozen against a running server: `npm run loadtest -- --clients 20 --duration 10`. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { play } from './player.ts';
import { percentile, type Sample } from './sample.ts';

const HELP = `npm run loadtest -- [options]
  --url URL        server, default http://127.0.0.1:2567
  --clients N      players, 1 to 500, default 20
  --duration S     seconds after the last has joined, 1 to 600, default 10
  --ramp N         joins a second, 1 to 100, default 10
  --tokens FILE    a token a line; without it the server's development endpoint is asked
  --help`;

try {
  const { values } = parseArgs({
    options: {
      url: { type: 'string', default: 'http://127.0.0.1:2567' },
      clients: { type: 'string', default: '20' },
      duration: { type: 'string', default: '10' },
      ramp: { type: 'string', default: '10' },
      tokens: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) console.log(HELP);
  else
    await run(
      values.url,
      bounded('clients', values.clients, 500),
      bounded('duration', values.duration, 600),
      bounded('ramp', values.ramp, 100),
      values.tokens,
    );
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

function bounded(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new Error(`--${name} ${text} must be a whole number from 1 to ${max}`);
  return value;
}

async function run(
  url: string,
  clients: number,
  seconds: number,
  ramp: number,
  file: string | undefined,
): Promise<void> {
  const tokens = file === undefined ? undefined : readFileSync(file, 'utf8').split('\n').filter(Boolean);
  if (tokens !== undefined && tokens.length < clients)
    throw new Error(`${file} has ${tokens.length} tokens for ${clients} clients`);
  const end = Date.now() + (clients / ramp + seconds) * 1_000;
  const players = Array.from({ length: clients }, async (_, i) => {
    await new Promise((resolve) => setTimeout(resolve, (i / ramp) * 1_000));
    return play(url, tokens?.[i] ?? (await developmentToken(url, `load ${i}`)), end);
  });
  const results = await Promise.allSettled(players);
  report(
    results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    results,
  );
}

async function developmentToken(url: string, name: string): Promise<string> {
  const body = JSON.stringify({ name });
  const response = await fetch(`${url}/v1/dev/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  if (!response.ok) throw new Error(`${url} gives no development token (HTTP ${response.status}); use --tokens`);
  return ((await response.json()) as { token: string }).token;
}

function report(samples: readonly Sample[], results: readonly PromiseSettledResult<Sample>[]): void {
  const failed = results.filter((each): each is PromiseRejectedResult => each.status === 'rejected');
  const row = (name: string, values: readonly number[]) =>
    console.log(
      `${name.padEnd(22)}${[0.5, 0.95, 0.99].map((p) => percentile(values, p).toFixed(1).padStart(9)).join('')}`,
    );
  console.log(`${'milliseconds'.padEnd(22)}      p50      p95      p99`);
  row(
    'join',
    samples.map(({ joinMs }) => joinMs),
  );
  row(
    'rpc round trip',
    samples.flatMap(({ rpcMs }) => rpcMs),
  );
  row(
    'between patches',
    samples.flatMap(({ patchGapsMs }) => patchGapsMs),
  );
  const drops = samples.reduce((sum, { drops }) => sum + drops, 0);
  console.log(`${samples.length} played to the end, ${failed.length} failed, ${drops} drops`);
  for (const { reason } of failed.slice(0, 5)) console.error(`  ${(reason as Error).message}`);
  if (failed.length > 0) process.exitCode = 1;
}
