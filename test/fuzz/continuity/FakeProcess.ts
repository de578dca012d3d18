import type { Clock, Timer } from '../../../src/ports/clock.ts';
import type { VirtualTime } from './VirtualTime.ts';

/** What a node runs in: it can be stopped for a while, and killed. Nothing of it runs meanwhile, and nothing ever again. */
export class FakeProcess {
  readonly clock: Clock;
  #state: 'running' | 'paused' | 'dead' = 'running';
  #waiting: Array<() => void> = [];

  constructor(time: VirtualTime) {
    const gated = (run: () => void) => () => {
      if (this.#state === 'running') run();
      else if (this.#state === 'paused') this.#waiting.push(run);
    };
    this.clock = {
      now: () => time.now(),
      monotonic: () => time.monotonic(),
      after: (ms, run): Timer => time.after(ms, gated(run)),
      every: (ms, run): Timer => {
        let isWaiting = false;
        // As of a real loop: however long it was stopped, it is late once.
        return time.every(ms, () => {
          if (isWaiting) return;
          isWaiting = this.#state === 'paused';
          gated(() => {
            isWaiting = false;
            run();
          })();
        });
      },
    };
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    for (const run of this.#waiting.splice(0)) run();
  }

  kill(): void {
    this.#state = 'dead';
    this.#waiting = [];
  }

  /** Resolves while it runs; with the end of a pause; after its death never. */
  running(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#state === 'running') resolve();
      else if (this.#state === 'paused') this.#waiting.push(resolve);
    });
  }
}
