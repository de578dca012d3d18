import type { matchMaker, Presence } from '@colyseus/core';

/** What Colyseus's own matchmaker keeps outside of the process: listings, and calls between processes. */
export interface MatchmakingStore {
  readonly presence: Presence;
  readonly driver: matchMaker.MatchMakerDriver;
}
