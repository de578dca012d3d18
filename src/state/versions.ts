import { fail } from '../fail.ts';

/** Something that several players may edit. */
export interface Versioned {
  /** Starts at 1; the room adds one with each accepted edit. */
  version: number;
}

/**
 * For an edit that names the version it saw.
 * @throws CONFLICT with `data.current` when the entity is at another version now. No `ifVersion`: the last writer wins.
 */
export function assertVersion(entity: Versioned, ifVersion: number | undefined, current: () => unknown): void {
  if (ifVersion !== undefined && ifVersion !== entity.version) throw fail('CONFLICT', { current: current() });
}
