/** How often a measured value fell into which bucket: plain numbers, so that noting one costs next to nothing. */
export class Distribution {
  readonly bounds: readonly number[];
  /** Of each bucket by itself; the last is for what is beyond all bounds. */
  readonly counts: number[];
  sum = 0;

  /** `bounds`: ascending; a bucket holds what is not larger. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let i = 0;
    while (i < bounds.length && value > bounds[i]!) i++;
    counts[i]! += 1;
    this.sum += value;
  }
}
