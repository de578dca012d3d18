import { defineScenario } from '../../loadtest/actor/Scenario.ts';

export default defineScenario({
  summary: 'places a mark now and then, and walks on',
  room: 'world',
  settings: { marks: 0.1, inputs: 20 },
  async play(actor) {
    await actor.join();
    actor.walk(actor.setting('inputs'));
    // `at` is when it was meant to be: the call is timed from then on.
    actor.every(actor.setting('marks'), (at) => {
      void actor.call('world.placeMark', { x: 100, y: 100, label: `by ${actor.index}` }, { at });
    });
    await actor.stay();
  },
});
