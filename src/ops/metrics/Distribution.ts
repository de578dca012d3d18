/** A value whose trace was sent to the collector: a way from a bucket to what happened. */
export interface Exemplar {
  readonly trace: string;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** How often a measured value fell into which bucket: plain numbers, so that noting one costs next to nothing. */
export class Distribution {
  readonly bounds: readonly number[];
  /** Of each bucket by itself; the last is for what is beyond all bounds. */
  readonly counts: number[];
  /** Of each bucket the last one, if there is any. */
  readonly exemplars: Exemplar[] = [];
  sum = 0;

  /** `bounds`: ascending; a bucket holds what is not larger. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  /** `trace`: what the value is of, where it is of one. */
  observe(value: number, trace?: string): void {
    const { bounds, counts } = this;
    let i = 0;
    while (i < bounds.length && value > bounds[i]!) i++;
    counts[i]! += 1;
    this.sum += value;
    if (trace !== undefined) this.exemplars[i] = { trace, value, at: Date.now() };
  }
}
