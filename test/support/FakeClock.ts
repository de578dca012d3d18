import type { Clock, Timer } from '../../src/ports/clock.ts';

interface Task {
  at: number;
  every: number | undefined;
  run: () => void;
}

/** Time that stands still until the test moves it. */
export class FakeClock implements Clock {
  #now: number;
  #tasks: Task[] = [];

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    return this.#add({ at: this.#now + ms, every: undefined, run });
  }

  every(ms: number, run: () => void): Timer {
    return this.#add({ at: this.#now + ms, every: ms, run });
  }

  /** Moves time and runs what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#tasks.filter((task) => task.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#now = next.at;
      if (next.every === undefined) this.#tasks = this.#tasks.filter((task) => task !== next);
      else next.at += next.every;
      next.run();
    }
    this.#now = end;
  }

  get pending(): number {
    return this.#tasks.length;
  }

  #add(task: Task): Timer {
    this.#tasks.push(task);
    return {
      stop: () => {
        this.#tasks = this.#tasks.filter((other) => other !== task);
      },
    };
  }
}
