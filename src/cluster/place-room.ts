import type { NodeRecord } from '../ports/nodes.ts';

/** Chooses the node of a new room by its id; undefined: the one that was asked. */
export type PlaceRoom = (nodes: readonly NodeRecord[]) => string | undefined;

/** The ready node with the most room left: the fewest connections, then the fewest rooms. */
export const leastBusy: PlaceRoom = (nodes) => {
  const ready = nodes.filter(({ state }) => state === 'ready');
  const [best] = ready.sort((a, b) => a.connections - b.connections || a.rooms - b.rooms);
  return best?.id;
};
