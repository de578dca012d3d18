import type { Tally } from '../measure/Tally.ts';
import type { ClientKind } from '../options.ts';
import type { Pacer } from './Pacer.ts';
import type { RoomBook } from './RoomBook.ts';

/** What the players of one worker share. */
export interface Stage {
  /** The server, or the line in front of it. */
  readonly url: string;
  readonly client: ClientKind;
  readonly room: string;
  readonly rooms: number | undefined;
  readonly clients: number;
  readonly seed: number;
  readonly settings: Readonly<Record<string, number>>;
  readonly tally: Tally;
  readonly pacer: Pacer;
  readonly book: RoomBook;
  /** Aborted when the run is over. */
  readonly over: AbortSignal;
  /** When all should be in, on the clock of `performance.now()`. */
  readonly fullAt: number;
  /** When the run should be over, on the same clock. */
  readonly endsAt: number;
}
