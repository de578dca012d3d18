import type { Actor } from '../actor/Actor.ts';
import { defineScenario } from '../actor/Scenario.ts';

const SECOND = 1_000;

/** In for so many seconds on average, out for a third of it, and so on. `busy` says what it does meanwhile. */
export async function comeAndGo(actor: Actor, seconds: number, busy: () => void): Promise<void> {
  const about = (mean: number) => mean * SECOND * (0.5 + actor.random());
  do {
    await actor.join();
    busy();
    if (!(await actor.sleep(about(seconds)))) return;
    await actor.leave();
    actor.joinsAt(performance.now() + about(seconds / 3));
  } while (await actor.waitsToJoin());
}

export const churn = defineScenario({
  summary: 'comes, stays a few seconds, leaves, and comes back',
  room: 'world',
  settings: { seconds: 5, inputs: 20 },
  async play(actor) {
    await comeAndGo(actor, actor.setting('seconds'), () => actor.walk(actor.setting('inputs')));
  },
});
