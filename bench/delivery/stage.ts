import type { Figure } from '../figure.ts';
import type { Pins } from '../machine.ts';
import type { Pair } from '../rounds.ts';

/** What each part of the measurement gets. */
export interface StageOptions {
  readonly pins: Pins;
  /** Short and rough. */
  readonly quick: boolean;
  /** Folder for CPU profiles of the servers. */
  readonly profileInto?: string | undefined;
  /** Tells the person who waits how far it is. */
  readonly tell: (progress: string) => void;
}

export interface Measured {
  readonly figures: readonly Figure[];
  /** Lines about the machine meanwhile. */
  readonly conditions: readonly string[];
  readonly pairs?: readonly Pair[];
}
