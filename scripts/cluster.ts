/**
 * `npm run cluster`: Redis, NATS, two nodes and HAProxy on this machine, behind
 * one address. Ends all of them on SIGINT or SIGTERM. `PORT` sets the address's
 * port (default 8080, 0 for a free one), `NODES` how many nodes (default 2).
 * `--observe`: Prometheus beside them, with the rules of deploy/prometheus, at
 * `PROMETHEUS_PORT` (default 9190, 0 for a free one).
 * `--rolling`: then restarts each node in turn while players of its own play,
 * says what they noticed, and goes on serving.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { freePort } from './free-port.ts';
import { nodeFlags } from './node-flags.ts';
import { prometheusArguments } from './observe.ts';
import { roll } from './rolling.ts';

/** HAProxy takes a node back after two good checks, a second apart. */
const TAKEN_BACK_MS = 3_000;

const { values } = parseArgs({
  options: { rolling: { type: 'boolean', default: false }, observe: { type: 'boolean', default: false } },
});
const children: ChildProcess[] = [];
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cluster-'));
const token = process.env.METRICS_TOKEN ?? randomBytes(24).toString('base64url');
let ending = false;

/** Ends what runs, the nodes first, and then this process. */
async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  for (const child of [...children].reverse()) {
    await ended(child);
  }
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/** Starts a program and waits for the line that says it is ready. */
function start(
  command: string,
  args: string[],
  ready: RegExp,
  env: Record<string, string> = {},
): Promise<ChildProcess> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // nats-server and haproxy lie in sbin on Debian.
    env: { ...process.env, ...env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` },
  });
  children.push(child);
  const log: string[] = [];
  return new Promise((resolve, reject) => {
    child.once('error', () =>
      reject(
        new Error(`${command} is not installed. Run: apt-get install -y redis-server nats-server haproxy prometheus`),
      ),
    );
    child.once('exit', (code) => {
      reject(new Error(`${command} ended with ${code}:\n${log.join('\n')}`));
      // A node may be killed to see what happens; without the rest there is no cluster.
      if (command !== process.execPath) end(1);
    });
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (log.length < 50) log.push(line);
        if (ready.test(line)) resolve(child);
      });
    }
  });
}

/** HAProxy says nothing when it is ready. */
async function answers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const ok = await fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nobody answers at ${url}`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end(0));

try {
  const [redisPort, natsPort] = [await freePort(), await freePort()];
  const port = Number(process.env.PORT ?? 8_080) || (await freePort());
  const address = `127.0.0.1:${port}`;
  await start(
    'redis-server',
    ['--bind', '127.0.0.1', '--port', String(redisPort), '--dir', folder, '--save', ''],
    /Ready to accept/i,
  );
  await start('nats-server', ['-a', '127.0.0.1', '-p', String(natsPort)], /Server is ready/);
  const addresses: Record<string, string> = {};
  const nodes: Array<{ name: string; restart(): Promise<void> }> = [];
  for (let n = 1; n <= Number(process.env.NODES ?? 2); n++) {
    const nodePort = await freePort();
    const run = () =>
      start(process.execPath, [...nodeFlags, 'src/main.ts'], /Gatehouse is open/, {
        PORT: String(nodePort),
        HOST: '127.0.0.1',
        REDIS_URL: `redis://127.0.0.1:${redisPort}`,
        NATS_URL: `nats://127.0.0.1:${natsPort}`,
        PUBLIC_ADDRESS: `${address}/n${n}`,
        TRUST_PROXY: '1',
        METRICS_TOKEN: token,
      });
    let child = await run();
    const restart = async () => {
      await ended(child);
      child = await run();
      await answers(`http://127.0.0.1:${nodePort}`);
      await new Promise((resolve) => setTimeout(resolve, TAKEN_BACK_MS));
    };
    nodes.push({ name: `n${n}`, restart });
    addresses[`N${n}`] = `127.0.0.1:${nodePort}`;
    console.log(`  node n${n}: http://127.0.0.1:${nodePort} (pid ${child.pid})`);
  }
  const proxy = start('haproxy', ['-f', 'deploy/haproxy.cfg'], /never/, { ...addresses, BIND: address });
  await Promise.race([answers(`http://${address}`), proxy]);
  if (values.observe) {
    const port = Number(process.env.PROMETHEUS_PORT ?? 9_190) || (await freePort());
    const targets = Object.values(addresses);
    const observation = { folder: join(folder, 'prometheus'), port, targets, token };
    await start('prometheus', prometheusArguments(observation), /Server is ready to receive web requests/);
    console.log(`  prometheus: http://127.0.0.1:${port}`);
  }
  console.log(`\n  The cluster is open at http://${address}\n`);
  if (values.rolling) await roll({ url: `http://${address}`, nodes, print: (line) => console.log(`  ${line}`) });
} catch (error) {
  console.error((error as Error).message);
  await end(1);
}
