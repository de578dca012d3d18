/** A server that plays the recorded session. */

import { argsFromBench } from '../parent.ts';
import { serve } from '../servers/serve.ts';
import { inSight } from './in-sight.ts';
import { ReplayedWorld, replayedWorld } from './ReplayedWorld.ts';
import { serveGatehouse } from './serve-gatehouse.ts';

export interface ReplayArgs {
  readonly ticks: number;
}

const { ticks } = argsFromBench<ReplayArgs>();
const { port } = await serveGatehouse({ rooms: { world: ReplayedWorld } });
serve(
  { port },
  {
    hush: () => replayedWorld?.hush() ?? {},
    play: () => replayedWorld?.play(ticks) ?? {},
    sight: () => ({ inSight: replayedWorld === undefined ? 0 : inSight(replayedWorld) }),
    places: () => [...(replayedWorld?.state.players.values() ?? [])].map(({ name, x, y }) => ({ name, x, y })),
  },
);
