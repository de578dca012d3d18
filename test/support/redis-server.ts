import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, onTestFinished } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';

const MISSING =
  'redis-server is not installed, and these tests are nothing without it. Run: apt-get install redis-server';

export interface RedisServerOptions {
  /** Keeps its data over a restart; otherwise it comes back empty. */
  readonly keep?: boolean;
  /** More of its command line: `['--requirepass', 'secret']`. */
  readonly args?: readonly string[];
}

/** A real redis-server on this machine. */
export class RedisServer {
  readonly port: number;
  readonly #args: readonly string[];
  #process: ChildProcess;

  private constructor(port: number, args: readonly string[], process: ChildProcess) {
    this.port = port;
    this.#args = args;
    this.#process = process;
  }

  /** Starts one on a free port of 127.0.0.1; it ends with the test that starts it, or with the test file. */
  static async start({ keep = false, args = [] }: RedisServerOptions = {}): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-redis-'));
    const port = await freePort();
    const all = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', ''];
    // Each write goes to the system at once: one that waits for the disk would be lost with the process.
    if (keep) all.push('--appendonly', 'yes', '--appendfsync', 'no');
    all.push(...args);
    const server = new RedisServer(port, all, await run(all));
    const atEnd = expect.getState().currentTestName === undefined ? afterAll : onTestFinished;
    atEnd(async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    });
    return server;
  }

  /** Without credentials. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Ends it at once, as a crash would. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  /** Starts it again where it was. */
  async restart(): Promise<void> {
    await this.stop();
    this.#process = await run(this.#args);
  }

  /** It keeps its sockets, but neither reads nor answers. */
  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process.kill('SIGCONT');
  }
}

/** Resolves when it takes clients. */
async function run(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const log: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? new Error(MISSING) : error));
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${log.join('\n')}`)));
    createInterface(child.stdout!).on('line', (line) => {
      if (log.length < 100) log.push(line);
      if (/ready to accept connections/i.test(line)) resolve();
    });
  });
  return child;
}

/** Redis takes port 0 for no port at all. */
