/**
 * Counts what happened, by name and one optional label of the code's own
 * choosing: never a user, a session or a room id, so their number is bounded.
 */
export class Counters {
  readonly #counts = new Map<string, number>();

  count(name: string, label?: string): void {
    const key = label === undefined ? name : `${name}:${label}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  get(name: string, label?: string): number {
    return this.#counts.get(label === undefined ? name : `${name}:${label}`) ?? 0;
  }

  /** All counts, sorted by name. */
  all(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
