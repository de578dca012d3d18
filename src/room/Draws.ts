import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

/** What was asked of clock and randomness, in order. */
export type Drawn = ReadonlyArray<number | string>;

/**
 * The clock and the randomness of one room. What some work draws of them can be noted, so that the same work comes to
 * the same again elsewhere.
 */
export class Draws {
  readonly clock: Clock;
  readonly random: Random;
  #noted: Array<number | string> | undefined;
  #given: Array<number | string> | undefined;

  constructor({ clock, random }: { clock: Clock; random: Random }) {
    this.clock = {
      now: () => this.#draw(() => clock.now()),
      monotonic: () => this.#draw(() => clock.monotonic()),
      after: (ms, task) => clock.after(ms, task),
      every: (ms, task) => clock.every(ms, task),
    };
    this.random = { number: () => this.#draw(() => random.number()), id: () => this.#draw(() => random.id()) };
  }

  /** Runs `work`, which must not wait, and says what it has drawn. */
  note<T>(work: () => T): { readonly result: T; readonly drawn: Drawn } {
    const drawn: Array<number | string> = [];
    this.#noted = drawn;
    try {
      return { result: work(), drawn };
    } finally {
      this.#noted = undefined;
    }
  }

  /** Runs `work` with what it drew before. */
  repeat<T>(drawn: Drawn, work: () => T): T {
    this.#given = [...drawn];
    try {
      return work();
    } finally {
      this.#given = undefined;
    }
  }

  #draw<T extends number | string>(make: () => T): T {
    const value = (this.#given?.shift() as T | undefined) ?? make();
    this.#noted?.push(value);
    return value;
  }
}
