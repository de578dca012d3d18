/** A set of slots that is emptied at once and allocates nothing: each slot bears the number of the round that marked it. */
export class Marks {
  #rounds = new Float64Array(64);
  #round = 1;

  /** Makes room for slots below `count`. What is marked is forgotten. */
  fit(count: number): void {
    if (count > this.#rounds.length) this.#rounds = new Float64Array(Math.max(count, this.#rounds.length * 2));
  }

  clear(): void {
    this.#round += 1;
  }

  add(slot: number): void {
    this.#rounds[slot] = this.#round;
  }

  has(slot: number): boolean {
    return this.#rounds[slot] === this.#round;
  }
}
