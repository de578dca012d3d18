import type { Actor } from '../actor/Actor.ts';
import { defineScenario } from '../actor/Scenario.ts';

/** In front of what this tool says; behind it stands when it was meant to be said. */
const MARK = 'said at ';

/** Says something so often, and times what others say until it is heard. The clocks are of one machine. */
export function talk(actor: Actor, perSecond: number): void {
  const { tally } = actor.stage;
  actor.onNotification(({ method, params }) => {
    if (method !== 'world.said' || !String(params?.text).startsWith(MARK)) return;
    const saidAt = Number(params.text.slice(MARK.length));
    if (saidAt > 0) tally.time('delivery', performance.timeOrigin + performance.now() - saidAt);
  });
  actor.every(perSecond, (at) => {
    const text = `${MARK}${(performance.timeOrigin + at).toFixed(2)}`;
    void actor.call('world.say', { text }, { at });
  });
}

export const chat = defineScenario({
  summary: 'says something every five seconds, and hears what the others say',
  room: 'world',
  settings: { says: 0.2 },
  async play(actor) {
    await actor.join();
    talk(actor, actor.setting('says'));
    await actor.stay();
  },
});
