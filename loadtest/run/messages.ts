/** What parent and workers say to each other. */
import type { RoomNews } from '../actor/RoomBook.ts';
import type { TallyData } from '../measure/Tally.ts';
import type { ClientKind, LoadOptions } from '../options.ts';

/** A worker's part of a run. */
export interface Part {
  readonly url: string;
  readonly scenario: string;
  readonly room: string | undefined;
  readonly rooms: number | undefined;
  readonly client: ClientKind;
  readonly network: LoadOptions['network'];
  readonly clients: number;
  readonly joinsPerSecond: number;
  readonly durationMs: number;
  readonly seed: number;
  readonly settings: Readonly<Record<string, number>>;
  readonly players: ReadonlyArray<{ readonly index: number; readonly token: string }>;
}

/** What the scenario of a run is called, once a worker has read it. */
export interface Cast {
  readonly summary: string;
  readonly room: string;
  readonly rooms: number | undefined;
  readonly settings: Readonly<Record<string, number>>;
}

export type ToWorker =
  | { readonly kind: 'part'; readonly part: Part }
  /** Milliseconds since 1970. */
  | { readonly kind: 'begin'; readonly at: number }
  | { readonly kind: 'room'; readonly room: number; readonly news: RoomNews }
  /** No more joins and calls; leave, and end. */
  | { readonly kind: 'finish' };

export type FromWorker =
  | { readonly kind: 'ready'; readonly cast: Cast }
  /** The part cannot be played. */
  | { readonly kind: 'unable'; readonly sentence: string }
  | { readonly kind: 'find'; readonly room: number; readonly gone: string | undefined }
  | { readonly kind: 'made'; readonly room: number; readonly roomId: string | undefined }
  | { readonly kind: 'saw'; readonly saw: Sight }
  | { readonly kind: 'finished' };

/** What a worker saw since the last time. */
export interface Sight {
  /** Milliseconds since the beginning. */
  readonly at: number;
  readonly tally: TallyData;
  /** Players who are in now, and those who are in but have lost their socket. */
  readonly present: number;
  readonly away: number;
  /** Share of a core that the worker's loop was busy. */
  readonly busy: number;
}

export function isMessage<T extends { kind: string }>(value: unknown): value is T {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
