import { defineScenario } from '../actor/Scenario.ts';

const STATUSES = ['busy', 'away', 'online'];

/** A full lobby: everybody sees everybody, so each change goes to all. */
export const lobby = defineScenario({
  summary: 'changes its status now and then, and reads a page of who is online',
  room: 'lobby',
  rooms: 1,
  settings: { statuses: 0.1, pages: 0.05 },
  async play(actor) {
    await actor.join();
    let turn = 0;
    actor.every(actor.setting('statuses'), (at) => {
      void actor.call('player.setStatus', { status: STATUSES[turn++ % STATUSES.length] }, { at });
    });
    actor.every(actor.setting('pages'), (at) => void actor.call('presence.list', { limit: 20 }, { at }));
    await actor.stay();
  },
});
