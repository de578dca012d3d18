import { TokenBucket } from '../gate/token-bucket.ts';

/** Lines that say the same: at once, and each second. */
const LINES = { burst: 20, perSecond: 1 };
/** What is told apart; beyond, the longest known is forgotten. */
const MAX_KINDS = 200;

/** Keeps lines that say the same again and again to a bounded number, and knows how many were left out. */
export class Repeats {
  readonly #kinds = new Map<string, { readonly bucket: TokenBucket; unsaid: number }>();

  /** How many of this kind were left out since the last that was not; undefined when this one is to be left out, too. */
  take(kind: string, now: number): number | undefined {
    let known = this.#kinds.get(kind);
    if (known === undefined) {
      if (this.#kinds.size >= MAX_KINDS) this.#kinds.delete(this.#kinds.keys().next().value!);
      known = { bucket: new TokenBucket(LINES, now), unsaid: 0 };
      this.#kinds.set(kind, known);
    }
    if (!known.bucket.take(now)) {
      known.unsaid += 1;
      return undefined;
    }
    const { unsaid } = known;
    known.unsaid = 0;
    return unsaid;
  }
}
