/** A place in the plane; units are the game's own. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Columns and rows of cells on each side of 0: further out two cells would have one number. */
const MOST_CELLS = 2 ** 31;

/**
 * Points in the plane, found by where they are: a hash table from square cells to
 * the points in them. It is written anew from all points at once, each cell's in
 * one run: for bodies that nearly all move that is cheaper than to move each, and
 * reading a run is many times cheaper than to follow a list. Allocates only to grow.
 */
export class Grid {
  readonly cell: number;
  /** In the order of the cells: the slot of each point, where it is, and its cell. */
  slots = new Int32Array(0);
  x = new Float64Array(0);
  y = new Float64Array(0);
  columns = new Int32Array(0);
  rows = new Int32Array(0);
  /** Where the run of each bucket begins; one more than there are buckets. */
  #starts = new Int32Array(2);
  #buckets = new Int32Array(0);

  /** `cell`: the side of a cell, in units. A place must be finite and within 2³¹ cells of 0; any other is a RangeError. */
  constructor({ cell }: { readonly cell: number }) {
    this.cell = cell;
  }

  /** Holds these points and no others; a point's slot is its index. Linear in their number. */
  write(points: ReadonlyArray<Place | undefined>): void {
    if (points.length > this.#buckets.length) this.#fit(points.length);
    const starts = this.#starts.fill(0);
    for (let slot = 0; slot < points.length; slot++) {
      const point = points[slot];
      if (point === undefined) continue;
      this.assertPlace(point.x, point.y);
      const bucket = this.bucket(Math.floor(point.x / this.cell), Math.floor(point.y / this.cell));
      this.#buckets[slot] = bucket;
      starts[bucket]! += 1;
    }
    // Each count becomes the end of its run; putting in from the end makes it the start.
    for (let bucket = 1; bucket < starts.length; bucket++) starts[bucket]! += starts[bucket - 1]!;
    for (let slot = points.length - 1; slot >= 0; slot--) {
      const point = points[slot];
      if (point !== undefined) this.#put(--starts[this.#buckets[slot]!]!, slot, point);
    }
  }

  /** The bucket of a cell: its run holds the cell's points, and those of any other cell with the same hash. */
  bucket(column: number, row: number): number {
    const hash = Math.imul(Math.imul(column, 0x9e37_79b1) + row, 0x85eb_ca6b);
    return (hash ^ (hash >>> 16)) & (this.#starts.length - 2);
  }

  start(bucket: number): number {
    return this.#starts[bucket]!;
  }

  end(bucket: number): number {
    return this.#starts[bucket + 1]!;
  }

  assertPlace(x: number, y: number): void {
    const most = this.cell * MOST_CELLS;
    // Written so that NaN is refused too.
    if (!(Math.abs(x) < most && Math.abs(y) < most)) throw new RangeError(`no place: ${x}, ${y}`);
  }

  #put(at: number, slot: number, { x, y }: Place): void {
    this.slots[at] = slot;
    this.x[at] = x;
    this.y[at] = y;
    this.columns[at] = Math.floor(x / this.cell);
    this.rows[at] = Math.floor(y / this.cell);
  }

  /** Twice as many buckets as points keeps cells apart. Powers of two, so that growing is rare. */
  #fit(points: number): void {
    const size = 2 ** Math.ceil(Math.log2(Math.max(points, 64)));
    this.slots = new Int32Array(size);
    this.x = new Float64Array(size);
    this.y = new Float64Array(size);
    this.columns = new Int32Array(size);
    this.rows = new Int32Array(size);
    this.#buckets = new Int32Array(size);
    this.#starts = new Int32Array(2 * size + 1);
  }
}
