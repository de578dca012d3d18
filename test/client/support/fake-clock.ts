import type { Clock, Timer } from '../../../client/src/clock.ts';

interface Task {
  readonly at: number;
  readonly run: () => void;
  unrefed: boolean;
}

/** Time that stands still until the test moves it. */
export class FakeClock implements Clock {
  #now: number;
  #tasks = new Set<Task>();

  constructor(start = 1_000_000) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    const task: Task = { at: this.#now + ms, run, unrefed: false };
    this.#tasks.add(task);
    return {
      stop: () => {
        this.#tasks.delete(task);
      },
      unref: () => {
        task.unrefed = true;
      },
    };
  }

  /** Timers that would keep a process alive. */
  get holding(): number {
    return [...this.#tasks].filter((task) => !task.unrefed).length;
  }

  /** All timers. */
  get waiting(): number {
    return this.#tasks.size;
  }

  /** Moves on by `ms`, running what falls due on the way at its own time, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#tasks].filter((task) => task.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#tasks.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
  }

  /** Sets the clock without running anything, as a machine that slept does. */
  jump(ms: number): void {
    this.#now += ms;
  }
}

/** Lets everything run that waits for promises only. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
