interface PlayerLike {
  readonly name: string;
  readonly connected: boolean;
}

/** Turns the players of the state into news: who came, went, was lost and is back. */
export class Roster {
  readonly #ownId: string;
  #known: Map<string, PlayerLike> | null = null;

  constructor(ownId: string) {
    this.#ownId = ownId;
  }

  /** What happened since the last look. Silent until the own player is there: those before it did not just come. */
  look(players: Iterable<readonly [string, PlayerLike]>): string[] {
    const now = new Map<string, PlayerLike>();
    for (const [id, { name, connected }] of players) now.set(id, { name, connected });
    if (this.#known === null && !now.has(this.#ownId)) return [];
    const before = this.#known ?? now;
    this.#known = now;
    const news: string[] = [];
    for (const [id, { name, connected }] of now) {
      if (id === this.#ownId) continue;
      const was = before.get(id);
      if (was === undefined) news.push(`${name} came in`);
      else if (was.connected && !connected) news.push(`${name} lost the connection; the place is kept`);
      else if (!was.connected && connected) news.push(`${name} is back`);
    }
    for (const [id, { name }] of before) if (!now.has(id)) news.push(`${name} left`);
    return news;
  }
}
