/**
 * How a message leaves when its connection cannot take everything at once.
 * While it can, all leaves in the order in which it was sent.
 *
 * - `critical`: first, and before the end of the turn. Delivered, or the connection ends.
 * - `high`: answers, and what a player waits for.
 * - `normal`: everything else. Kept until the bounds of the connection are reached.
 * - `low`: dropped when it gets old, or when the connection is much too slow.
 */
export type Priority = 'critical' | 'high' | 'normal' | 'low';

export interface Delivery {
  /** Default `normal`. */
  readonly priority?: Priority;
  /** Of several that wait with one key and priority, only the latest is sent, in the place of the first. */
  readonly key?: string;
  /** Milliseconds that it may wait; then it is dropped. Default: for ever, and `LOW_MAX_AGE_MS` for `low`. */
  readonly maxAge?: number;
  readonly replay?: never;
}

/**
 * A notification that its room numbers and keeps for a while, so that who was
 * away hears it on return (docs/recovery.md). Those of a room reach a client in
 * their order and none is left out, so there is nothing to choose: they are
 * `normal`, and neither replaced nor dropped for their age.
 */
export interface Replayed {
  readonly replay: true;
  readonly priority?: never;
  readonly key?: never;
  readonly maxAge?: never;
}

export const LOW_MAX_AGE_MS = 1_000;

/** The queues of a connection. Patches have their own, as they can be replaced by the whole state. */
export type Lane = Priority | 'patch';

/**
 * Bytes that a lane gets of each round, against the others that wait; `critical`
 * goes before all. None starves: the smallest share is a seventeenth.
 */
export const WEIGHTS: Readonly<Record<Exclude<Lane, 'critical'>, number>> = { high: 8, patch: 4, normal: 4, low: 1 };
