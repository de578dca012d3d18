/** Redis and NATS for one run of the bench, on free ports. They end with this process, and this process with the bench. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { serveBench } from '../parent.ts';

export interface ServicesReady {
  readonly redisPort: number;
  readonly natsPort: number;
}

/** Debian puts nats-server where only root looks. */
const PATH = [process.env.PATH, '/usr/sbin', '/usr/local/sbin'].join(delimiter);
const KEPT_LINES = 50;
/** Of Linux on every machine that Node runs on. */
const MICROS_PER_TICK = 10_000;

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
const children: ChildProcess[] = [];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

const redisPort = await freePort();
await run({
  command: 'redis-server',
  args: ['--bind', '127.0.0.1', '--port', String(redisPort), '--dir', folder, '--save', ''],
  ready: /ready to accept connections/i,
});
const lines = await run({
  command: 'nats-server',
  args: ['-a', '127.0.0.1', '-p', '-1'],
  ready: /Server is ready/,
});
const natsPort = Number(/Listening for client connections on \S+:(\d+)/.exec(lines.join('\n'))?.[1]);
serveBench({ redisPort, natsPort } satisfies ServicesReady, { read: () => ({ cpuMicros: cpuOfChildren() }) });

interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** The line of its log that says it takes clients. */
  readonly ready: RegExp;
}

/** Resolves with the lines of its log up to the one that says it is ready. */
async function run({ command, args, ready }: Program): Promise<string[]> {
  const child = spawn(command, args, { env: { ...process.env, PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const log: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once('error', () => reject(new Error(`${command} is not installed. Run: apt-get install ${command}`)));
    child.once('exit', (code) => {
      reject(new Error(`${command} ended with ${code}:\n${log.join('\n')}`));
      // Without it nothing that is measured means anything.
      process.exit(1);
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        if (log.length < KEPT_LINES) log.push(line);
        if (ready.test(line)) resolve();
      });
    }
  });
  return log;
}

/** CPU time of both in microseconds; 0 where the system does not tell. */
function cpuOfChildren(): number {
  return children.reduce((sum, { pid }) => sum + ticksOf(pid) * MICROS_PER_TICK, 0);
}

function ticksOf(pid: number | undefined): number {
  try {
    // After the name, which is in parentheses and may hold anything: user time and system time are the 12th and 13th.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}

/** Redis takes port 0 for no port at all. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
