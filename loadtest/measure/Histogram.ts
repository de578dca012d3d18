/** As it travels between processes and stands in a result. Pairs of bucket and count lie one after the other. */
export interface HistogramData {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly buckets: readonly number[];
}

/** The lower end of what is told apart. */
const LEAST = 0.01;
/** Each bucket ends 2 % above the one before, so its middle is off by 1 % at most. */
const GROWTH = 1.02;
const LOG_GROWTH = Math.log(GROWTH);

/**
 * Values of milliseconds in buckets that grow with them: any number of them in little memory, and two can be put
 * together without loss, which percentiles cannot. Least, largest and mean are exact, percentiles within 1 %.
 */
export class Histogram {
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  static of(data: HistogramData): Histogram {
    const histogram = new Histogram();
    histogram.add(data);
    return histogram;
  }

  get count(): number {
    return this.#count;
  }

  /** NaN of none, as all that follows. */
  get mean(): number {
    return this.#sum / this.#count;
  }

  get min(): number {
    return this.#count === 0 ? Number.NaN : this.#min;
  }

  get max(): number {
    return this.#count === 0 ? Number.NaN : this.#max;
  }

  record(value: number): void {
    const bucket = value <= LEAST ? 0 : Math.ceil(Math.log(value / LEAST) / LOG_GROWTH);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count += 1;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  add({ count, sum, min, max, buckets }: HistogramData): void {
    if (count === 0) return;
    for (let i = 0; i < buckets.length; i += 2) {
      const bucket = buckets[i]!;
      this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + buckets[i + 1]!);
    }
    this.#count += count;
    this.#sum += sum;
    this.#min = Math.min(this.#min, min);
    this.#max = Math.max(this.#max, max);
  }

  /** The value that `share` of all are not above, 0 to 1. */
  percentile(share: number): number {
    if (this.#count === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    if (rank === this.#count) return this.#max;
    let seen = 0;
    for (const [bucket, count] of this.#sorted()) {
      seen += count;
      if (seen >= rank) return Math.min(Math.max(middleOf(bucket), this.#min), this.#max);
    }
    return this.#max;
  }

  toData(): HistogramData {
    const { min, max } = this.#count === 0 ? { min: 0, max: 0 } : { min: this.#min, max: this.#max };
    return { count: this.#count, sum: this.#sum, min, max, buckets: this.#sorted().flat() };
  }

  clear(): void {
    this.#buckets.clear();
    this.#count = 0;
    this.#sum = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = 0;
  }

  #sorted(): Array<[bucket: number, count: number]> {
    return [...this.#buckets].sort(([a], [b]) => a - b);
  }
}

/** Where a bucket begins and ends. */
export function boundsOf(bucket: number): readonly [from: number, to: number] {
  return bucket === 0 ? [0, LEAST] : [LEAST * GROWTH ** (bucket - 1), LEAST * GROWTH ** bucket];
}

function middleOf(bucket: number): number {
  const [from, to] = boundsOf(bucket);
  return (from + to) / 2;
}
