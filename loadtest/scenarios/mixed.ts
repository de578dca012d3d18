import type { Actor } from '../actor/Actor.ts';
import { defineScenario } from '../actor/Scenario.ts';
import { talk } from './chat.ts';
import { comeAndGo } from './churn.ts';
import { readSlowly } from './slow-readers.ts';

const SECOND = 1_000;

/** An evening: most play, some talk, some come and go, a few have a bad line. */
export const mixed = defineScenario({
  summary: 'is one of ten: six play, one talks, one comes and goes, one loses its socket, one reads slowly',
  room: 'world',
  settings: { inputs: 20, calls: 1, says: 0.2, seconds: 20, cuts: 30, stall: 4 },
  async play(actor) {
    const kind = actor.index % 10;
    if (kind === 7) return comeAndGo(actor, actor.setting('seconds'), () => play(actor));
    await actor.join();
    if (kind === 6) talk(actor, actor.setting('says'));
    if (kind === 9) {
      actor.walk(actor.setting('inputs'));
      return readSlowly(actor, actor.setting('stall'));
    }
    play(actor);
    if (kind === 8) {
      while (await actor.sleep(actor.setting('cuts') * SECOND * (0.5 + actor.random()))) if (actor.isIn) actor.cut();
    }
    await actor.stay();
  },
});

function play(actor: Actor): void {
  actor.walk(actor.setting('inputs'));
  actor.every(actor.setting('calls'), (at) => void actor.call('system.ping', {}, { at }));
}
