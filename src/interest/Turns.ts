/** Members that take turns: each is in one of a fixed number of slices, and each call gives the next slice. */
export class Turns<Member> {
  readonly #slices: Member[][];
  #next = 0;

  /** `every`: of so many calls one gives a certain member. */
  constructor(every: number) {
    if (!(Number.isInteger(every) && every > 0)) throw new RangeError('every must be a whole number above 0');
    this.#slices = Array.from({ length: every }, () => []);
  }

  /** Into the smallest slice, so that no call gives more than its share of the most that there ever were. */
  add(member: Member): void {
    this.#slices.reduce((least, slice) => (slice.length < least.length ? slice : least)).push(member);
  }

  remove(member: Member): void {
    for (const slice of this.#slices) {
      const at = slice.indexOf(member);
      if (at < 0) continue;
      slice[at] = slice.at(-1)!;
      slice.pop();
      return;
    }
  }

  next(): readonly Member[] {
    const slice = this.#slices[this.#next]!;
    this.#next = (this.#next + 1) % this.#slices.length;
    return slice;
  }
}
