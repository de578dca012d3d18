/** How long the ticks of a room keep the event loop. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * From the beginning of one patch to that of the next, in milliseconds. What is sent leaves in slices, over several
 * turns: all of it counts.
 */
export interface Tick {
  readonly simulation: number;
  readonly encoding: number;
  readonly writing: number;
}

export interface TickRecord {
  readonly ticks: readonly Tick[];
  /** How much later than due a timer comes, p99. */
  readonly loopDelay: number;
}

/** How often the loop is asked, in milliseconds: the histogram holds this much more than the delay. */
const RESOLUTION_MS = 1;

export class TickTimes {
  #current = nothing();
  #ticks: Tick[] = [];
  #delay: ReturnType<typeof monitorEventLoopDelay> | undefined;

  begin(): object {
    this.#ticks = [];
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delay.enable();
    return {};
  }

  /** With its encoding a tick begins. */
  time<T>(part: keyof Tick, work: () => T): T {
    if (part === 'encoding') this.#next();
    const began = performance.now();
    try {
      return work();
    } finally {
      this.#current[part] += performance.now() - began;
    }
  }

  end(): TickRecord {
    this.#delay?.disable();
    const loopDelay = (this.#delay?.percentile(99) ?? Number.NaN) / 1_000_000 - RESOLUTION_MS;
    // The first one began before it was looked.
    return { ticks: this.#ticks.slice(1), loopDelay };
  }

  #next(): void {
    this.#ticks.push(this.#current);
    this.#current = nothing();
  }
}

const nothing = () => ({ simulation: 0, encoding: 0, writing: 0 });
