/** How long after a patch the next one came, of many clients: a histogram, as a second has tens of thousands. */
import { createHistogram } from 'node:perf_hooks';

/** In milliseconds. */
export interface IntervalSummary {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}

export class Intervals {
  readonly #histogram = createHistogram();
  #since = Number.POSITIVE_INFINITY;

  /** From now on. An interval that began before does not count. */
  begin(): object {
    this.#histogram.reset();
    this.#since = performance.now();
    return {};
  }

  add(from: number, to: number): void {
    if (from >= this.#since) this.#histogram.record(Math.max(1, Math.round((to - from) * 1_000)));
  }

  end(): IntervalSummary {
    this.#since = Number.POSITIVE_INFINITY;
    const ms = (percentile: number) => this.#histogram.percentile(percentile) / 1_000;
    return { p50: ms(50), p99: ms(99), count: this.#histogram.count };
  }
}
