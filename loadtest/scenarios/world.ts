import { defineScenario } from '../actor/Scenario.ts';

/** What a player of the world does: walks, and looks at the round trip now and then. */
export const world = defineScenario({
  summary: 'walks about, and pings once a second',
  room: 'world',
  settings: { inputs: 60, calls: 1 },
  async play(actor) {
    await actor.join();
    actor.walk(actor.setting('inputs'));
    actor.every(actor.setting('calls'), (at) => void actor.call('system.ping', {}, { at }));
    await actor.stay();
  },
});
