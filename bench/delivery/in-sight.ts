import type { WorldRoom } from '../../rooms/WorldRoom.ts';

/** Players that a player sees, on average, without itself. */
export function inSight({ clients, state }: WorldRoom): number {
  const players = [...state.players.values()];
  const seen = clients.map(({ view }) => players.filter((player) => view?.has(player)).length - 1);
  return seen.reduce((sum, count) => sum + count, 0) / seen.length;
}
