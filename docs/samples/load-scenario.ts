import { defineScenario } from '../../loadtest/actor/Scenario.ts';

export default defineScenario({
  summary: 'walks about, and places a mark where it stands now and then',
  room: 'world',
  settings: { marks: 0.1, inputs: 20 },
  async play(actor) {
    await actor.join();
    actor.walk(actor.setting('inputs'));
    // `at` is when it was meant to be: the call is timed from then on.
    actor.every(actor.setting('marks'), (at) => {
      // The state is there as the SDK decodes it; a lean client has none.
      const { x, y } = actor.state?.players.get(actor.sessionId) ?? { x: 100, y: 100 };
      void actor.call('world.placeMark', { x, y, label: `by ${actor.index}` }, { at });
    });
    await actor.stay();
  },
});
