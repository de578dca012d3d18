/** Allows `perSecond` on average and `burst` at once. Takes time in, so that it needs no timer. */
export class TokenBucket {
  readonly perSecond: number;
  readonly burst: number;
  #level: number;
  #at: number;

  /** `now` in milliseconds on a clock that never goes back. Starts full. */
  constructor({ perSecond, burst }: { perSecond: number; burst: number }, now: number) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.#level = burst;
    this.#at = now;
  }

  /** True when `amount` was there; it is then taken. */
  take(now: number, amount = 1): boolean {
    this.#fill(now);
    if (this.#level < amount) return false;
    this.#level -= amount;
    return true;
  }

  /** Takes `amount` although it may not be there: what is owed is paid first. */
  spend(now: number, amount: number): void {
    this.#fill(now);
    this.#level -= amount;
  }

  /** What was there after the last call. */
  get level(): number {
    return this.#level;
  }

  /** True when something is there. */
  has(now: number): boolean {
    this.#fill(now);
    return this.#level > 0;
  }

  /** Milliseconds until `amount` will be there. */
  waitMs(now: number, amount = 1): number {
    this.#fill(now);
    return Math.max(0, Math.ceil(((amount - this.#level) / this.perSecond) * 1_000));
  }

  /** True when nothing was taken lately: such a bucket can be forgotten. */
  isFull(now: number): boolean {
    this.#fill(now);
    return this.#level >= this.burst;
  }

  #fill(now: number): void {
    this.#level = Math.min(this.burst, this.#level + ((now - this.#at) / 1_000) * this.perSecond);
    this.#at = now;
  }
}

/** One bucket a key. Holds at most `capacity` keys: full buckets go first, then the oldest. */
export class TokenBuckets {
  readonly #rate: { perSecond: number; burst: number };
  readonly #capacity: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: { perSecond: number; burst: number }, capacity = 50_000) {
    this.#rate = rate;
    this.#capacity = capacity;
  }

  /** 0 when one was taken; otherwise the milliseconds until one will be there. */
  take(key: string, now: number): number {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#capacity) this.#makeRoom(now);
      bucket = new TokenBucket(this.#rate, now);
      this.#buckets.set(key, bucket);
    }
    return bucket.take(now) ? 0 : Math.max(1, bucket.waitMs(now));
  }

  /** What `take` would say, without taking. */
  waitMs(key: string, now: number): number {
    return this.#buckets.get(key)?.waitMs(now) ?? 0;
  }

  get size(): number {
    return this.#buckets.size;
  }

  #makeRoom(now: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(key);
    // A tenth at once: to look at all of them for each newcomer would be the work that a flood is after.
    const enough = this.#capacity - Math.max(1, Math.floor(this.#capacity / 10));
    for (const key of this.#buckets.keys()) {
      if (this.#buckets.size <= enough) return;
      this.#buckets.delete(key);
    }
  }
}
