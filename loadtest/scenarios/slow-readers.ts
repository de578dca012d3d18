import type { Actor } from '../actor/Actor.ts';
import { defineScenario } from '../actor/Scenario.ts';

const SECOND = 1_000;

/** Reads nothing for `stall` seconds, then everything for as long, and so on. */
export async function readSlowly(actor: Actor, stall: number): Promise<void> {
  while ((await actor.stall(stall * SECOND)) && (await actor.sleep(stall * SECOND)));
}

/** A tenth of the players cannot keep up. What is timed is what the others feel. */
export const slowReaders = defineScenario({
  summary: 'walks about, while one player of ten stops reading for seconds at a time',
  room: 'world',
  settings: { percent: 10, stall: 4, inputs: 60, calls: 1 },
  async play(actor) {
    await actor.join();
    actor.walk(actor.setting('inputs'));
    if (actor.random() * 100 < actor.setting('percent')) return readSlowly(actor, actor.setting('stall'));
    actor.every(actor.setting('calls'), (at) => void actor.call('system.ping', {}, { at }));
    await actor.stay();
  },
});
