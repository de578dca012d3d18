import { defineScenario } from '../actor/Scenario.ts';

const SECOND = 1_000;
/** No storm so shortly before the end: nobody could come back in time. */
const CALM_MS = 3_000;

/** All players lose their sockets in the same moment, as when a balancer restarts. */
export const reconnectStorm = defineScenario({
  summary: 'walks about; every ten seconds all sockets are lost at once, and everybody comes back',
  room: 'world',
  settings: { every: 10, inputs: 20, calls: 1 },
  async play(actor) {
    await actor.join();
    actor.walk(actor.setting('inputs'));
    actor.every(actor.setting('calls'), (at) => void actor.call('system.ping', {}, { at }));
    const { fullAt, endsAt } = actor.stage;
    const every = actor.setting('every') * SECOND;
    for (let at = fullAt + every / 4; at < endsAt - CALM_MS; at += every) {
      if (at < performance.now()) continue;
      if (!(await actor.sleepUntil(at))) return;
      if (actor.isIn) actor.cut();
    }
    await actor.stay();
  },
});
