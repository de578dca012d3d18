import { type Delivery, type Lane, LOW_MAX_AGE_MS, type Priority, WEIGHTS } from './delivery.ts';

interface Item {
  frame: Buffer;
  readonly at: number;
  expiresAt: number;
  readonly key: string | undefined;
}

/** What waits in one lane, in order. */
interface Queue {
  readonly items: Item[];
  /** The first that waits: a queue that shifts would move all the others each time. */
  first: number;
  readonly byKey: Map<string, Item>;
  bytes: number;
  /** Bytes that it was given, over its weight: the one that was given the least is next. */
  served: number;
}

/** What becomes of a message that is offered. */
export type Offer = 'queued' | 'replaced' | 'too_large';

/** Bytes of patches that wait at least before they are given up for the whole state. */
const MIN_STALE_BYTES = 64 * 1_024;

export interface OutboxOptions {
  /** The largest message that is taken. */
  readonly maxBytes: number;
}

/**
 * What waits for a connection that cannot take everything at once: which goes
 * next, what is dropped, and when patches are given up for the whole state. No
 * I/O; time comes in.
 *
 * - Order is kept within a lane, but for a message that replaces one of its key.
 * - Between lanes bytes are shared by weight; `critical` goes first.
 * - A patch is never dropped alone: either all that wait go, in order, or none
 *   do, and `owesState` says that the whole state must come instead.
 */
export class Outbox {
  readonly #maxBytes: number;
  readonly #lanes: Readonly<Record<Lane, Queue>> = {
    critical: queue(),
    high: queue(),
    patch: queue(),
    normal: queue(),
    low: queue(),
  };
  #bytes = 0;
  /** What the lane that was last given something had been given before: where a lane that was idle begins. */
  #round = 0;
  #owesState = false;
  #stateBytes = 0;
  /** Messages that went without being sent. */
  dropped = 0;

  constructor({ maxBytes }: OutboxOptions) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  bytesIn(lane: Lane): number {
    return this.#lanes[lane].bytes;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0 && !this.#owesState;
  }

  /** Patches were given up: the client needs the whole state before the next one. */
  get owesState(): boolean {
    return this.#owesState;
  }

  /** Since when the oldest waits; undefined when nothing does. */
  get oldestAt(): number | undefined {
    let oldest: number | undefined;
    for (const { items, first } of Object.values(this.#lanes)) {
      const at = items[first]?.at;
      if (at !== undefined && (oldest === undefined || at < oldest)) oldest = at;
    }
    return oldest;
  }

  offerMessage(frame: Buffer, { priority = 'normal', key, maxAge }: Delivery, now: number): Offer {
    if (frame.byteLength > this.#maxBytes) {
      this.dropped += 1;
      return 'too_large';
    }
    const { byKey } = this.#lanes[priority];
    const expiresAt = now + (maxAge ?? (priority === 'low' ? LOW_MAX_AGE_MS : Number.POSITIVE_INFINITY));
    const same = key === undefined ? undefined : byKey.get(key);
    if (same !== undefined) {
      const more = frame.byteLength - same.frame.byteLength;
      this.#bytes += more;
      this.#lanes[priority].bytes += more;
      Object.assign(same, { frame, expiresAt });
      this.dropped += 1;
      return 'replaced';
    }
    this.#push(priority, { frame, at: now, expiresAt, key });
    return 'queued';
  }

  offerPatch(frame: Buffer, now: number): 'queued' | 'given_up' | 'needless' {
    if (this.#owesState) return 'needless';
    this.#push('patch', { frame, at: now, expiresAt: Number.POSITIVE_INFINITY, key: undefined });
    // From here on the whole state is less to send.
    const isStale = this.#lanes.patch.bytes > this.#waitingState() + Math.max(MIN_STALE_BYTES, 2 * this.#stateBytes);
    return isStale && this.giveUpPatches() ? 'given_up' : 'queued';
  }

  /** The whole state, which makes every patch before it needless. */
  offerState(frame: Buffer, now: number): void {
    this.#clear('patch');
    this.noteState(frame);
    this.#push('patch', { frame, at: now, expiresAt: Number.POSITIVE_INFINITY, key: STATE });
  }

  /** The whole state leaves, without having to wait. */
  noteState(frame: Buffer): void {
    this.#owesState = false;
    this.#stateBytes = frame.byteLength;
  }

  /** Drops the patches that wait, and every one to come until the whole state comes. False when there is nothing to give up. */
  giveUpPatches(): boolean {
    // A room without a state has none to give instead.
    if (this.#stateBytes === 0 || this.#owesState) return false;
    this.#clear('patch');
    this.#owesState = true;
    return true;
  }

  /** Of the whole state that was offered last. */
  get stateBytes(): number {
    return this.#stateBytes;
  }

  /** Of messages, which nothing but the link holds back. */
  get messageBytes(): number {
    return this.#bytes - this.#lanes.patch.bytes;
  }

  /** Drops what may be dropped. */
  dropLow(): void {
    const { items, first } = this.#lanes.low;
    this.dropped += items.length - first;
    this.#clear('low');
  }

  /**
   * Takes out at most `budget` bytes, or one frame when the first is larger, in
   * the order in which they shall leave. `patches` false holds the patches back.
   */
  take(budget: number, now: number, { patches = true } = {}): Buffer[] {
    const taken: Buffer[] = [];
    let left = budget;
    while (left > 0) {
      const lane = this.#next(now, patches);
      if (lane === undefined) break;
      const { frame } = this.#pop(lane);
      if (lane !== 'critical') {
        this.#round = this.#lanes[lane].served;
        this.#lanes[lane].served += frame.byteLength / WEIGHTS[lane];
      }
      taken.push(frame);
      left -= frame.byteLength;
    }
    return taken;
  }

  /** The lane whose turn it is. */
  #next(now: number, patches: boolean): Lane | undefined {
    for (const lane of ['high', 'normal', 'low'] as const) this.#expire(lane, now);
    if (this.#waits('critical')) return 'critical';
    let next: Exclude<Lane, 'critical'> | undefined;
    for (const lane of ['high', 'patch', 'normal', 'low'] as const) {
      if (!this.#waits(lane) || (lane === 'patch' && !patches)) continue;
      if (next === undefined || this.#lanes[lane].served < this.#lanes[next].served) next = lane;
    }
    return next;
  }

  #waits(lane: Lane): boolean {
    return this.#lanes[lane].first < this.#lanes[lane].items.length;
  }

  #expire(lane: Priority, now: number): void {
    while (this.#waits(lane) && this.#peek(lane).expiresAt <= now) {
      this.#pop(lane);
      this.dropped += 1;
    }
  }

  #peek(lane: Lane): Item {
    return this.#lanes[lane].items[this.#lanes[lane].first]!;
  }

  #push(lane: Lane, item: Item): void {
    const into = this.#lanes[lane];
    // A lane that was idle has saved nothing up.
    if (!this.#waits(lane)) into.served = Math.max(into.served, this.#round);
    into.items.push(item);
    if (item.key !== undefined) into.byKey.set(item.key, item);
    this.#bytes += item.frame.byteLength;
    into.bytes += item.frame.byteLength;
  }

  /** Bytes of a whole state that waits. */
  #waitingState(): number {
    return this.#lanes.patch.byKey.get(STATE)?.frame.byteLength ?? 0;
  }

  #pop(lane: Lane): Item {
    const from = this.#lanes[lane];
    const item = from.items[from.first]!;
    from.first += 1;
    if (item.key !== undefined) from.byKey.delete(item.key);
    this.#bytes -= item.frame.byteLength;
    from.bytes -= item.frame.byteLength;
    if (from.first === from.items.length || from.first > 1_000) {
      from.items.splice(0, from.first);
      from.first = 0;
    }
    return item;
  }

  #clear(lane: Lane): void {
    while (this.#waits(lane)) this.#pop(lane);
  }
}

/** Marks the whole state among the patches. */
const STATE = '\u0000state';

function queue(): Queue {
  return { items: [], first: 0, byKey: new Map(), bytes: 0, served: 0 };
}
