import { pack, unpack } from 'msgpackr';
import { z } from 'zod';
import type { Counters } from '../ops/Counters.ts';
import type { JournalEntry } from './Journal.ts';

/** Records between two snapshots, and what they may take together. What is more waits for the next snapshot. */
const MAX_RECORDS = 1_000;
const MAX_BYTES = 262_144;

const Said = z.object({
  kind: z.literal('said'),
  at: z.number(),
  epoch: z.number().optional(),
  message: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  except: z.string().optional(),
  only: z.array(z.string()).optional(),
});

const Done = z.object({
  kind: z.literal('done'),
  sessionId: z.string(),
  /** Null: nobody waited for the result. */
  id: z.union([z.string(), z.number()]).nullable(),
  method: z.string(),
  params: z.unknown(),
  /** What it asked of clock and randomness. */
  drawn: z.array(z.union([z.number(), z.string()])),
  /** The number that the next instance of the state was to get. */
  nextRefId: z.number(),
});

const Record = z.discriminatedUnion('kind', [Said, Done]);
/** A request that was carried out. */
export type Done = z.infer<typeof Done>;
export type TailRecord = z.infer<typeof Record>;

export interface TailParts {
  /** What was in the tail, or in a snapshot, when this owner began. */
  readonly from: number;
  /** Tells the store. False or rejected: it is not kept. */
  readonly append: (n: number, record: Uint8Array) => Promise<boolean>;
  readonly counters: Counters;
  /** With half of its bounds used: a snapshot would make room. */
  readonly onHalfFull?: () => void;
}

/**
 * What a room did since its last snapshot that must not be lost with its owner: numbered notifications, and requests
 * of methods that say so. Each is handed to the system before anything that is sent because of it, so who was answered
 * can rely on it though the process is killed in the next moment.
 *
 * When the store does not keep one, it keeps none that follows, until the next snapshot has them all.
 */
export class Tail {
  readonly #parts: TailParts;
  #next: number;
  /** As of the last snapshot that was saved. */
  #saved: number;
  /** As of the last that was handed to the store. */
  #sent: number;
  #bytes = 0;
  /** The first that is not kept. */
  #gap: number | undefined;

  constructor(parts: TailParts) {
    this.#parts = parts;
    this.#next = parts.from;
    this.#saved = parts.from;
    this.#sent = parts.from;
  }

  /** The number of the next record: how many a snapshot that is taken now has in it. */
  get position(): number {
    return this.#next;
  }

  said({ at, epoch, message, except, only }: JournalEntry): void {
    this.#append({ kind: 'said', at, epoch, message, except, only: only && [...only] });
  }

  done(done: Omit<Done, 'kind'>): void {
    this.#append({ kind: 'done', ...done });
  }

  /**
   * A snapshot that was taken at this position is on its way to the store, ahead of all that follows: where something
   * happens all the time, a gap that waited for the answer would never close. One that does not arrive leaves a gap, and
   * the store takes nothing behind it.
   */
  sent(position: number): void {
    this.#sent = position;
    if (this.#gap !== undefined && this.#gap < position) this.#gap = undefined;
  }

  /** It has arrived. */
  saved(position: number): void {
    this.#saved = position;
    this.#bytes = 0;
  }

  #append(record: TailRecord): void {
    const n = this.#next++;
    if (this.#gap !== undefined) return;
    let packed: Uint8Array;
    try {
      packed = pack(record);
    } catch {
      // msgpackr calls methods of what it packs: params can be data and still not be packed.
      this.#lose(n, 'unpackable');
      return;
    }
    this.#bytes += packed.byteLength;
    if (this.#bytes > MAX_BYTES || n - this.#saved >= MAX_RECORDS) {
      this.#lose(n, 'full');
      return;
    }
    if (this.#bytes > MAX_BYTES / 2 || n - this.#saved >= MAX_RECORDS / 2) this.#parts.onHalfFull?.();
    this.#parts.append(n, packed).then(
      (isKept) => (isKept ? this.#parts.counters.count('tail_records', 'kept') : this.#lose(n, 'refused')),
      () => this.#lose(n, 'failed'),
    );
  }

  #lose(n: number, why: 'unpackable' | 'full' | 'refused' | 'failed'): void {
    this.#parts.counters.count('tail_records', why);
    if (n >= this.#sent) this.#gap = Math.min(this.#gap ?? n, n);
  }
}

/** As far as they can be read; what follows one that cannot would not have its place. */
export function readTail(packed: readonly Uint8Array[]): TailRecord[] {
  const records: TailRecord[] = [];
  for (const each of packed) {
    const record = parsed(each);
    if (record === undefined) break;
    records.push(record);
  }
  return records;
}

function parsed(packed: Uint8Array): TailRecord | undefined {
  try {
    return Record.safeParse(unpack(packed)).data;
  } catch {
    return undefined;
  }
}
