const LASTS_MS = 6_000;
const FADES_MS = 400;

/** What was said lately, by session id, for the bubbles over the heads. */
export class Speech {
  readonly #said = new Map<string, { readonly text: string; readonly at: number }>();

  say(sessionId: string, text: string, now: number): void {
    this.#said.set(sessionId, { text, at: now });
  }

  /** What a player says at `now`, and how much of it is still there: 0 … 1. */
  of(sessionId: string, now: number): { readonly text: string; readonly alpha: number } | undefined {
    const said = this.#said.get(sessionId);
    if (said === undefined) return undefined;
    const left = said.at + LASTS_MS - now;
    if (left > 0) return { text: said.text, alpha: Math.min(1, left / FADES_MS) };
    this.#said.delete(sessionId);
    return undefined;
  }
}
