/** A server with the world of a thousand. */
import { snapshotOf } from '../../src/room/room-snapshot.ts';
import { SocketWriter } from '../../src/socket/SocketWriter.ts';
import { packSnapshot } from '../../src/state/snapshot.ts';
import { serve } from '../servers/serve.ts';
import { CrowdedWorld, crowdedWorld, tickTimes } from './CrowdedWorld.ts';
import { inSight } from './in-sight.ts';
import { RATES } from './rates.ts';
import { serveGatehouse } from './serve-gatehouse.ts';

const { endTurn } = SocketWriter.prototype;
SocketWriter.prototype.endTurn = function (): void {
  tickTimes.time('writing', () => endTurn.call(this));
};

const { port } = await serveGatehouse({ rooms: { world: CrowdedWorld } });
const rates = RATES.map((rate) => [`rate ${rate}`, () => setRate(rate)] as const);
serve(
  { port },
  {
    ...Object.fromEntries(rates),
    'ticks begin': () => tickTimes.begin(),
    ticks: () => tickTimes.end(),
    snapshot,
    sight: () => ({ inSight: crowdedWorld === undefined ? 0 : inSight(crowdedWorld) }),
  },
);

function setRate(perSecond: number): object {
  if (crowdedWorld !== undefined) crowdedWorld.patchRate = 1_000 / perSecond;
  return {};
}

/** What it takes to take one of the world, of many. */
function snapshot(): { ms: number; bytes: number } {
  const taken = Array.from({ length: 31 }, () => {
    const began = performance.now();
    const { byteLength: bytes } = packSnapshot(snapshotOf(crowdedWorld!));
    return { ms: performance.now() - began, bytes };
  });
  return taken.sort((a, b) => a.ms - b.ms)[15]!;
}
