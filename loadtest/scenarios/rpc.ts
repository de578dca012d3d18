import { defineScenario } from '../actor/Scenario.ts';

const METHODS = ['system.ping', 'session.get', 'system.time', 'player.get', 'system.ping', 'system.info'];

/** Calls, and little else. */
export const rpc = defineScenario({
  summary: 'calls methods of the platform in turn, ten a second',
  room: 'world',
  settings: { calls: 10 },
  async play(actor) {
    await actor.join();
    let turn = actor.index;
    actor.every(actor.setting('calls'), (at) => void actor.call(METHODS[turn++ % METHODS.length]!, {}, { at }));
    await actor.stay();
  },
});
