interface PlayerLike {
  readonly name: string;
  readonly connected: boolean;
}

/** Who has been in the world for no longer than this, in milliseconds, came in just now when they come into sight. */
const FRESH_MS = 1_500;

/**
 * Turns the players of the state into news: who came, went, was lost and is back.
 * Of those in sight only, whose names are known; and who walks into sight, or out
 * of it, did not come or go.
 */
export class Roster {
  readonly #ownId: string;
  #known: Map<string, PlayerLike> | null = null;
  /** Since when each session is in the world, as far as this page has seen. */
  readonly #since = new Map<string, number>();

  constructor(ownId: string) {
    this.#ownId = ownId;
  }

  /**
   * What happened since the last look, at `now` in milliseconds. `present`: everybody in the world, in sight or not.
   * Silent until the own player is there: those before it did not just come.
   */
  look(players: Iterable<readonly [string, PlayerLike]>, present: Iterable<string>, now: number): string[] {
    const seen = new Map<string, PlayerLike>();
    for (const [id, { name, connected }] of players) seen.set(id, { name, connected });
    if (this.#known === null && !seen.has(this.#ownId)) return [];
    const first = this.#known === null;
    const before = this.#known ?? seen;
    this.#known = seen;
    this.#note(new Set(present), first ? Number.NEGATIVE_INFINITY : now);
    const news: string[] = [];
    for (const [id, { name, connected }] of seen) {
      if (id === this.#ownId) continue;
      const was = before.get(id);
      if (was === undefined && now - (this.#since.get(id) ?? now) <= FRESH_MS) news.push(`${name} came in`);
      else if (was?.connected && !connected) news.push(`${name} lost the connection; the place is kept`);
      else if (was?.connected === false && connected) news.push(`${name} is back`);
    }
    for (const [id, { name }] of before) if (!seen.has(id) && !this.#since.has(id)) news.push(`${name} left`);
    return news;
  }

  #note(present: ReadonlySet<string>, now: number): void {
    for (const id of present) if (!this.#since.has(id)) this.#since.set(id, now);
    for (const id of this.#since.keys()) if (!present.has(id)) this.#since.delete(id);
  }
}
