import type { Actor } from './Actor.ts';

/** What a player does, from the join to the end. */
export interface Scenario {
  /** What each player does: a sentence that goes on after “Each”. */
  readonly summary: string;
  /** Name of the rooms. */
  readonly room: string;
  /** Rooms that it makes for itself when none are asked for. Default: the server's matchmaking chooses. */
  readonly rooms?: number;
  /** Numbers that `--set` may change. */
  readonly settings?: Readonly<Record<string, number>>;
  /**
   * One player. Returns when the player is done; what it throws is counted as an error of the scenario. `actor.sleep`
   * and `actor.stay` end when the run does.
   */
  play(actor: Actor): Promise<void>;
}

/** Checks its shape, and keeps it as it is. */
export function defineScenario(scenario: Scenario): Scenario {
  return scenario;
}
