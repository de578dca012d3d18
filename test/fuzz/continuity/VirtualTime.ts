import type { Clock, Timer } from '../../../src/ports/clock.ts';

interface Task {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  stopped: boolean;
}

/** Time of many nodes in one process: moves when all that could happen at a moment has happened. */
export class VirtualTime implements Clock {
  #now = 0;
  #order = 0;
  /** The next to run is the last. */
  readonly #tasks: Task[] = [];

  now(): number {
    return 1_700_000_000_000 + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    const task = { at: this.#now + Math.max(0, ms), order: this.#order++, run, stopped: false };
    let low = 0;
    let high = this.#tasks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#tasks[middle]!;
      if (other.at > task.at || (other.at === task.at && other.order > task.order)) low = middle + 1;
      else high = middle;
    }
    this.#tasks.splice(low, 0, task);
    return {
      stop: () => {
        task.stopped = true;
      },
    };
  }

  every(ms: number, run: () => void): Timer {
    let timer: Timer;
    const again = () => {
      timer = this.after(ms, again);
      run();
    };
    timer = this.after(ms, again);
    return { stop: () => timer.stop() };
  }

  delay(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /** Runs all that falls due until then, and what follows from it. */
  async runUntil(end: number): Promise<void> {
    await settled();
    for (let task = this.#tasks.at(-1); task !== undefined && task.at <= end; task = this.#tasks.at(-1)) {
      this.#tasks.pop();
      if (task.stopped) continue;
      this.#now = task.at;
      task.run();
      await settled();
    }
    this.#now = end;
  }
}

/** When every promise that can has been taken further. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
