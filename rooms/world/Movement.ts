import type { InputAccessor } from '@colyseus/core';
import { type MoveInput, type Player, stepMovement } from '../../schema/index.ts';

/** Steps that a player may catch up after a stall: a third of a second. */
const MAX_CATCH_UP = 20;

/**
 * Applies what players did to where they are. Time is earned: one step a tick,
 * saved up to a third of a second, so that sending faster moves nobody faster.
 */
export class Movement {
  readonly #earned = new Map<string, number>();

  /** One tick of one player. */
  step(player: Player, sessionId: string, inputs: Pick<InputAccessor<MoveInput>, 'next'>, dt: number): void {
    let steps = Math.min((this.#earned.get(sessionId) ?? 0) + 1, MAX_CATCH_UP);
    while (steps > 0) {
      const input = inputs.next();
      if (input === undefined) break;
      stepMovement(player, input, dt);
      steps -= 1;
    }
    this.#earned.set(sessionId, steps);
  }

  forget(sessionId: string): void {
    this.#earned.delete(sessionId);
  }
}
