import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import type { Environment } from '../../src/config.ts';
import { signToken } from '../../src/gate/dev-issuer.ts';

export type FromChild =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'fault'; readonly error: string }
  | { readonly kind: 'counters'; readonly id: number; readonly all: Record<string, number> };
export type ToChild = { readonly kind: 'counters'; readonly id: number };

const PROGRAM = fileURLToPath(new URL('./server-process.ts', import.meta.url));

/** A server in a process of its own, for input that may freeze or end one. */
export class ChildServer {
  readonly url: string;
  /** Uncaught exceptions and unhandled rejections, and how the process ended if it did. */
  readonly faults: string[] = [];
  /** Bytes that it has written to its console, where nobody bounds them. */
  printed = 0;
  readonly #process: ChildProcess;
  #nextId = 1;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.url = url;
    process.on('message', (message: FromChild) => {
      if (message.kind === 'fault') this.faults.push(message.error);
    });
    process.on('exit', (code, signal) => this.faults.push(`the process ended: ${signal ?? code}`));
  }

  /** Starts one. `atEnd` is the hook of vitest that ends it: of the file, or of one test. */
  static async start(env: Environment = {}, atEnd: (end: () => void) => void = afterAll): Promise<ChildServer> {
    const child = fork(PROGRAM, {
      env: { ...process.env, ...env },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    atEnd(() => {
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
    });
    let stderr = '';
    child.stderr!.on('data', (text) => {
      stderr = (stderr + text).slice(-4_000);
    });
    const url = await new Promise<string>((resolve, reject) => {
      // Libraries that look for a process manager talk over the same channel.
      child.on('message', (message: FromChild) => {
        if (message.kind === 'ready') resolve(message.url);
        if (message.kind === 'fault') reject(new Error(`the server did not start: ${message.error}`));
      });
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${stderr}`)));
    });
    const server = new ChildServer(child, url);
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (text: Buffer) => {
        server.printed += text.byteLength;
      });
    }
    return server;
  }

  token(userId: string): string {
    return signToken({ userId, tokenId: randomUUID() });
  }

  async counters(): Promise<Record<string, number>> {
    const id = this.#nextId++;
    const answer = new Promise<Record<string, number>>((resolve) => {
      const listener = (message: FromChild) => {
        if (message.kind !== 'counters' || message.id !== id) return;
        this.#process.off('message', listener);
        resolve(message.all);
      };
      this.#process.on('message', listener);
    });
    this.#process.send({ kind: 'counters', id } satisfies ToChild);
    return answer;
  }

  /** True when the process answers over HTTP within `ms`: its loop runs. */
  async answersWithin(ms: number): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/health/live`, { signal: AbortSignal.timeout(ms) });
      return response.ok;
    } catch {
      return false;
    }
  }
}
