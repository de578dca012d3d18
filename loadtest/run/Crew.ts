import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type FromWorker, isMessage, type ToWorker } from './messages.ts';

const WORKER = new URL('./worker.ts', import.meta.url);
/** Files of others may have enums and the like, and no package.json that says what they are. */
const FLAGS = [
  '--experimental-transform-types',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
];

export interface CrewEvents {
  heard(worker: number, message: FromWorker): void;
  /** Before it was told to finish. */
  died(worker: number, how: string): void;
}

/** The worker processes of a run. */
export class Crew implements AsyncDisposable {
  readonly #workers: ChildProcess[];

  constructor(size: number, events: CrewEvents) {
    this.#workers = Array.from({ length: size }, (_, worker) => {
      const child = fork(WORKER, {
        execArgv: FLAGS,
        serialization: 'advanced',
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      child.on('message', (message) => {
        if (isMessage<FromWorker>(message)) events.heard(worker, message);
      });
      child.on('exit', (code, signal) => {
        if (code !== 0) events.died(worker, signal ?? `code ${code}`);
      });
      child.on('error', () => {}); // Its exit follows.
      return child;
    });
  }

  get size(): number {
    return this.#workers.length;
  }

  tell(worker: number, message: ToWorker): void {
    const child = this.#workers[worker]!;
    if (child.connected) child.send(message);
  }

  tellAll(message: ToWorker): void {
    for (let worker = 0; worker < this.size; worker++) this.tell(worker, message);
  }

  /** Resolves when all have ended by themselves, or after so long. */
  async ended(withinMs: number): Promise<void> {
    const signal = AbortSignal.timeout(withinMs);
    await Promise.allSettled(this.#running().map((child) => once(child, 'exit', { signal })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#running();
    const ended = running.map((child) => once(child, 'exit'));
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(ended);
  }

  #running(): ChildProcess[] {
    return this.#workers.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  }
}
