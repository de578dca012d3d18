import type { Marks } from './Marks.ts';

/**
 * The nearest of what it is offered, `cap` at most: a heap with the furthest of
 * them on top, so that whoever is further still is refused at once. The score is
 * what counts as distance: less is nearer. Allocates once, when it is made.
 */
export class Nearest {
  readonly slots: Int32Array;
  readonly scores: Float64Array;
  #count = 0;

  constructor(cap: number) {
    this.slots = new Int32Array(cap);
    this.scores = new Float64Array(cap);
  }

  /** So many of `slots` and `scores` are valid. */
  get count(): number {
    return this.#count;
  }

  /** What is not below this would be refused: the largest score when full, else without bound. */
  get bound(): number {
    return this.#count < this.slots.length ? Number.POSITIVE_INFINITY : this.scores[0]!;
  }

  clear(): void {
    this.#count = 0;
  }

  offer(slot: number, score: number): void {
    if (this.#count < this.slots.length) this.#rise(slot, score);
    else if (score < this.scores[0]!) this.#sink(slot, score);
  }

  /** The slots that are not in `marks`, the nearest first. */
  without(marks: Marks): number[] {
    const fresh: Array<{ readonly slot: number; readonly score: number }> = [];
    for (let i = 0; i < this.#count; i++) {
      const slot = this.slots[i]!;
      if (!marks.has(slot)) fresh.push({ slot, score: this.scores[i]! });
    }
    return fresh.sort((a, b) => a.score - b.score).map(({ slot }) => slot);
  }

  /** One more, from the end of the heap upwards. */
  #rise(slot: number, score: number): void {
    const { slots, scores } = this;
    let at = this.#count++;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (scores[above]! >= score) break;
      slots[at] = slots[above]!;
      scores[at] = scores[above]!;
      at = above;
    }
    slots[at] = slot;
    scores[at] = score;
  }

  /** In place of the furthest, from the top downwards. */
  #sink(slot: number, score: number): void {
    const { slots, scores } = this;
    const count = this.#count;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= count) break;
      if (below + 1 < count && scores[below + 1]! > scores[below]!) below += 1;
      if (scores[below]! <= score) break;
      slots[at] = slots[below]!;
      scores[at] = scores[below]!;
      at = below;
    }
    slots[at] = slot;
    scores[at] = score;
  }
}
