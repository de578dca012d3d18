import { Seeded } from '../../support/seeded-random.ts';

/** What happens, and when. Nodes and players are named by their place among those that stand. */
export interface Fault {
  readonly atMs: number;
  readonly kind: Kind;
  readonly who: number;
  readonly forMs: number;
}
export type Kind = 'drop' | 'kill' | 'pause' | 'move' | 'end' | 'storeAway' | 'busAway';

/** `gentle`: nothing that may cost what happened since the last snapshot. */
const KINDS: Record<'rough' | 'gentle', readonly Kind[]> = {
  rough: ['drop', 'drop', 'kill', 'pause', 'move', 'end', 'storeAway', 'busAway'],
  gentle: ['drop', 'drop', 'move', 'move', 'end', 'storeAway', 'busAway'],
};
export const LAST_FAULT_MS = 16_000;

export function scheduleOf(seed: number): {
  readonly isGentle: boolean;
  readonly nodes: number;
  readonly faults: Fault[];
} {
  const random = new Seeded(seed ^ 0x5eed);
  const isGentle = random.chance(0.4);
  const faults = Array.from({ length: 3 + random.below(8) }, () => ({
    // Some come together: that is where the trouble is.
    atMs: 2_000 + Math.floor(random.below(LAST_FAULT_MS - 2_000) / (random.chance(0.5) ? 1 : 4)),
    kind: random.pick(KINDS[isGentle ? 'gentle' : 'rough']),
    who: random.below(6),
    forMs: 20 + random.below(random.chance(0.5) ? 400 : 7_000),
  }));
  return { isGentle, nodes: 2 + random.below(2), faults: faults.sort((a, b) => a.atMs - b.atMs) };
}
