import { defineScenario } from '../../../loadtest/actor/Scenario.ts';

/** Every second player fails. */
export default defineScenario({
  summary: 'joins, and every second one throws',
  room: 'world',
  async play(actor) {
    await actor.join();
    if (actor.index % 2 === 1) throw new TypeError('the bot has lost its way');
    await actor.stay();
  },
});
