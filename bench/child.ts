/** The bench's end of a child process: started pinned, asked, ended by its handle. */
import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';

/** No question takes longer; what does is broken. */
const ANSWER_MS = 60_000;
const END_MS = 10_000;

export interface ChildOptions {
  readonly entry: URL;
  readonly args: object;
  /** Command that pins to a core, such as `taskset -c 1`; empty where there is none. */
  readonly pin: readonly string[];
  readonly execArgv?: readonly string[];
}

export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #name: string;

  constructor({ entry, args, pin, execArgv = [] }: ChildOptions) {
    const [command = process.execPath, ...rest] = [...pin, process.execPath, ...execArgv];
    this.#name = entry.pathname.split('/').slice(-2).join('/');
    this.#process = fork(entry, [JSON.stringify(args)], {
      execPath: command,
      execArgv: rest,
      // Both servers as they are run for players: without the tools and checks of development.
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process.on('error', () => {}); // Told by `exit`, or by the question that nobody answers.
  }

  /** What it says when it is ready. */
  ready<T>(): Promise<T> {
    return this.#next<T>('start');
  }

  ask<T>(question: string): Promise<T> {
    const answer = this.#next<T>(question);
    this.#process.send({ bench: question });
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), END_MS);
    if (this.#process.connected) this.#process.send({ bench: 'end' });
    await ended;
    clearTimeout(kill);
  }

  async #next<T>(what: string): Promise<T> {
    const settled = new AbortController();
    const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(ANSWER_MS)]);
    const died = once(this.#process, 'exit', { signal }).then(([code]): never => {
      throw new Error(`${this.#name} ended (${code}) instead of answering "${what}"`);
    });
    try {
      return await Promise.race([this.#answer<T>(signal), died]);
    } finally {
      died.catch(() => {});
      settled.abort();
    }
  }

  /** Colyseus loads PM2's agent, which talks on the same channel. */
  async #answer<T>(signal: AbortSignal): Promise<T> {
    for await (const [message] of on(this.#process, 'message', { signal })) {
      if (typeof message === 'object' && message !== null && 'bench' in message) return message.bench as T;
    }
    throw new Error(`${this.#name} did not answer`);
  }
}
