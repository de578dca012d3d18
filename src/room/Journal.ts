import type { Sequence } from '../../schema/index.ts';

export interface JournalBounds {
  readonly entries: number;
  /** Of the messages, and of the names of those whom they were for. */
  readonly bytes: number;
  readonly ageMs: number;
}

/** For whom an entry was: everybody who was in the room then, but `except`, or nobody but `only`. Session ids. */
export interface Receivers {
  readonly except?: string | undefined;
  readonly only?: readonly string[] | undefined;
}

/** A message of the journal, and when it was said. */
export interface JournalEntry extends Receivers {
  readonly at: number;
  readonly message: Uint8Array;
  /** Of the owner who said it. Default: the one before it. */
  readonly epoch?: number | undefined;
}

interface Entry {
  readonly at: number;
  readonly message: Uint8Array;
  readonly except: string | undefined;
  readonly only: ReadonlySet<string> | undefined;
}

/** A journal as plain data. */
export interface SavedJournal {
  readonly epoch: number;
  /** The number of the last entry that is no longer kept. */
  readonly dropped: number;
  readonly entries: readonly JournalEntry[];
  /** Of each earlier epoch the number that its last entry had. */
  readonly earlier: ReadonlyArray<readonly [epoch: number, last: number]>;
}

/** What an id in `only` is counted as. */
const ID_BYTES = 64;
/** Owners that a room remembers to have had. Who was away for longer is told so. */
const MAX_EARLIER = 16;

/**
 * The numbered notifications of one room, the newest of them kept: what a
 * session that was away may have missed. No I/O; time, in milliseconds since
 * 1970, comes in.
 *
 * - Numbers begin with 1, have no gaps, and go on when the room changes owner.
 * - Of what is kept nothing changes; the oldest go first when a bound is reached.
 * - `after` gives all that somebody has missed or, when it cannot, nothing.
 */
export class Journal {
  readonly epoch: number;
  readonly #bounds: JournalBounds;
  readonly #earlier: ReadonlyArray<readonly [epoch: number, last: number]>;
  /** By number. */
  readonly #entries = new Map<number, Entry>();
  #bytes = 0;
  #dropped: number;

  /** `saved`: of an earlier owner, whose entries and numbers go on. */
  constructor(bounds: JournalBounds, { epoch = 1, saved }: { epoch?: number; saved?: SavedJournal } = {}) {
    this.epoch = epoch;
    this.#bounds = bounds;
    this.#dropped = saved?.dropped ?? 0;
    const earlier = [...(saved?.earlier ?? [])];
    let current = saved?.epoch ?? epoch;
    // Several owners may have said what is saved, the last without a snapshot of its own; some of them nothing.
    const begin = (next: number) => {
      for (let ended = Math.max(current, next - MAX_EARLIER); ended < next; ended++) earlier.push([ended, this.last]);
      current = Math.max(current, next);
    };
    for (const { epoch: of = current, ...entry } of saved?.entries ?? []) {
      begin(of);
      this.#push(entry);
    }
    begin(epoch);
    this.#earlier = earlier.slice(-MAX_EARLIER);
  }

  /** The number of the latest entry, 0 before the first. */
  get last(): number {
    return this.#dropped + this.size;
  }

  /** What the next entry will have. */
  get next(): Sequence {
    return { epoch: this.epoch, n: this.last + 1 };
  }

  /** Entries that are kept. */
  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the next entry. `message` is copied, as a small buffer would keep the larger one alive that it was cut from. */
  append(message: Uint8Array, { except, only }: Receivers, now: number): void {
    this.#push({ at: now, message: new Uint8Array(message), except, only });
    this.#drop(now);
  }

  /**
   * Every message after `position` that was for this session, in order.
   * Undefined when it cannot be all of them: some are no longer kept, or the
   * position is none of this room's.
   */
  after(position: Sequence, sessionId: string, now: number): Uint8Array[] | undefined {
    this.#drop(now);
    const end = this.#endOf(position.epoch);
    if (end === undefined || position.n > end || position.n < this.#dropped) return undefined;
    const missed: Uint8Array[] = [];
    for (let n = position.n + 1; n <= this.last; n++) {
      const { message, except, only } = this.#entries.get(n)!;
      if (except !== sessionId && (only === undefined || only.has(sessionId))) missed.push(message);
    }
    return missed;
  }

  save(): SavedJournal {
    const entries = [...this.#entries.values()].map(({ at, message, except, only }) => ({
      at,
      message,
      ...(except === undefined ? {} : { except }),
      ...(only === undefined ? {} : { only: [...only] }),
    }));
    return { epoch: this.epoch, dropped: this.#dropped, entries, earlier: this.#earlier };
  }

  /** The last number of an epoch. A client that has seen more saw what the present owner does not know of. */
  #endOf(epoch: number): number | undefined {
    if (epoch === this.epoch) return this.last;
    return this.#earlier.find(([earlier]) => earlier === epoch)?.[1];
  }

  #push({ at, message, except, only }: JournalEntry): void {
    const entry = { at, message, except, only: only && new Set(only) };
    this.#entries.set(this.last + 1, entry);
    this.#bytes += bytesOf(entry);
  }

  #drop(now: number): void {
    const { entries, bytes, ageMs } = this.#bounds;
    while (this.size > 0) {
      const oldest = this.#entries.get(this.#dropped + 1)!;
      if (this.size <= entries && this.#bytes <= bytes && now - oldest.at < ageMs) break;
      this.#bytes -= bytesOf(oldest);
      this.#dropped += 1;
      this.#entries.delete(this.#dropped);
    }
  }
}

function bytesOf({ message, only }: Entry): number {
  return message.byteLength + ID_BYTES * (only?.size ?? 0);
}
