import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, onTestFinished } from 'vitest';

const MISSING =
  'nats-server is not installed, and these tests are nothing without it. Run: apt-get install nats-server';
/** Debian puts it where only root looks. */
const PATH = [process.env.PATH, '/usr/sbin', '/usr/local/sbin'].join(delimiter);

/** A real nats-server on this machine. */
export class NatsServer {
  readonly port: number;
  readonly #folder: string;
  #process: ChildProcess;

  private constructor(port: number, folder: string, process: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#process = process;
  }

  /** Starts one on a free port of 127.0.0.1; it ends with the test that starts it, or with the test file. `config` is text of a nats-server.conf. */
  static async start({ config = '' }: { config?: string } = {}): Promise<NatsServer> {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-nats-'));
    writeFileSync(join(folder, 'nats.conf'), config);
    const { process, port } = await run(folder, -1);
    const server = new NatsServer(port, folder, process);
    // Inside of a test afterAll is registered nowhere, and the server would outlive everything.
    const atEnd = expect.getState().currentTestName === undefined ? afterAll : onTestFinished;
    atEnd(async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    });
    return server;
  }

  /** Without credentials. */
  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Ends it at once, as a crash would. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  /** Starts it again where it was. */
  async restart({ config }: { config?: string } = {}): Promise<void> {
    await this.stop();
    if (config !== undefined) writeFileSync(join(this.#folder, 'nats.conf'), config);
    this.#process = (await run(this.#folder, this.port)).process;
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
async function run(folder: string, port: number): Promise<{ process: ChildProcess; port: number }> {
  const child = spawn('nats-server', ['-c', join(folder, 'nats.conf'), '-a', '127.0.0.1', '-p', String(port)], {
    env: { ...process.env, PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log: string[] = [];
  const listening = await new Promise<number>((resolve, reject) => {
    let found = 0;
    child.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? new Error(MISSING) : error));
    child.once('exit', (code) => reject(new Error(`nats-server ended with ${code}:\n${log.join('\n')}`)));
    createInterface(child.stderr!).on('line', (line) => {
      if (log.length < 100) log.push(line);
      found = Number(/Listening for client connections on \S+:(\d+)/.exec(line)?.[1] ?? found);
      if (line.includes('Server is ready')) resolve(found);
    });
  });
  return { process: child, port: listening };
}
