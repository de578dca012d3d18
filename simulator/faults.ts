import type { ProfileName } from './profiles.ts';

interface At {
  /** Milliseconds from the beginning. */
  readonly at: number;
  /** Name of what it happens to. */
  readonly target: string;
}

/** Happens at once. `kill`, `terminate`: SIGKILL, SIGTERM. */
export type Blow = At &
  ({ readonly kind: 'cut'; readonly how: 'reset' | 'end' } | { readonly kind: 'kill' | 'terminate' });

/** Lasts, and is healed then. `pause`: SIGSTOP, then SIGCONT. The others are a link's (`Link.ts`). */
export type Spell = At & {
  /** Milliseconds. */
  readonly forMs: number;
} & (
    | { readonly kind: 'hold' | 'silence' | 'refuse' | 'pause' }
    | { readonly kind: 'shape'; readonly profile: ProfileName }
  );

/** Plain data: can be printed, kept, repeated, and left out of its schedule. */
export type Fault = Blow | Spell;
export type FaultKind = Fault['kind'];

/** In the order in which they begin. */
export type Schedule = readonly Fault[];

/** What faults happen to. */
export interface Target {
  /** Those that it knows. */
  readonly kinds: readonly FaultKind[];
  /** False when there is nothing any more that it could happen to. */
  begin(fault: Fault): boolean;
  /** Ends whatever lasts. Does nothing to what is well, or gone. */
  heal(): void;
}

/** When it is over, in milliseconds from the beginning. */
export function endOf(fault: Fault): number {
  return fault.at + ('forMs' in fault ? fault.forMs : 0);
}
