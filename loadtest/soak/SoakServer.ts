import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { nodeFlags } from '../../scripts/node-flags.ts';
import { isProbeMessage, type Sample } from './samples.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROBE = new URL('./probe.ts', import.meta.url).href;
const START_MS = 30_000;
const END_MS = 20_000;

/** All players come from one machine. */
const LIMITS = {
  MAX_CONNECTIONS_PER_ADDRESS: '100000',
  JOINS_PER_ADDRESS: '1000000',
  JOINS_PER_USER: '100000',
};

/** A server as it is run for players, which says what it takes. Ended with the soak. */
export class SoakServer implements AsyncDisposable {
  readonly url: string;
  readonly samples: Sample[] = [];
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#process = child;
    this.url = url;
    child.on('message', (message) => {
      if (isProbeMessage(message)) this.samples.push(message.soak);
    });
  }

  static async start(secret: string): Promise<SoakServer> {
    const child = spawn(process.execPath, [...nodeFlags, '--import', PROBE, 'src/main.ts'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: {
        ...process.env,
        ...LIMITS,
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        PORT: '0',
        JWT_SECRET: secret,
        LOG_LEVEL: 'error',
      },
    });
    const opened = new Promise<string>((resolve, reject) => {
      let said = '';
      child.stdout!.on('data', (text: Buffer) => {
        // To the end: a pipe that nobody reads would stop the server.
        if (said.length < 10_000) said += text.toString();
        const url = /Gatehouse is open at (\S+)/.exec(said)?.[1];
        if (url !== undefined) resolve(url);
      });
      child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was open`)));
      setTimeout(() => reject(new Error('the server did not open')), START_MS).unref();
    });
    try {
      return new SoakServer(child, await opened);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), END_MS);
    this.#process.kill('SIGTERM');
    await ended;
    clearTimeout(kill);
  }
}
