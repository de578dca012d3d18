/** The benchmark's load on two nodes against the same on one, in pairs. */
import type { Contestant } from '../contender.ts';
import type { Figure } from '../figure.ts';
import { quietOf } from '../neighbours.ts';
import { outcomeOf } from '../outcome.ts';
import { conditions } from '../report.ts';
import { type Pair, runRounds, type Timing } from '../rounds.ts';
import type { ServicesReady } from '../servers/services.ts';
import { cpuPerFrame, type Measure, type Workload } from '../workloads.ts';
import type { StageOptions } from './stage.ts';
import type { Measured } from './users.ts';

/**
 * Each of two nodes does half of the work, so it takes twice as long until its code is compiled: after a second or
 * two the pair would be held for slower than it is. A slice is long enough to have its share of garbage collections.
 */
const FULL: Timing = { rounds: 4, turnsPerRound: 4, warmUpMs: 12_000, sliceMs: 2_000 };
const QUICK: Timing = { rounds: 1, turnsPerRound: 2, warmUpMs: 4_000, sliceMs: 1_000 };
/** Two rooms on one node, or one on each of two. */
const ROOMS = 2;

/** From the issue. */
const LIMIT = 1.1;
const PROMISE = 'two nodes need at most 1.10 of the CPU per delivered frame that one needs for the same players';

const measure: Measure = { ...cpuPerFrame, limit: { atMost: LIMIT }, promise: PROMISE };

const load: Workload = {
  name: 'play on two nodes',
  what: 'two rooms of 100 clients that watch at 60 Hz and send 60 inputs a second',
  load: { players: 200, inputsPerSecond: 60, callsInFlight: 0, rooms: ROOMS },
  measures: [measure],
  peers: [],
};

export interface TwoNodesOptions extends Omit<StageOptions, 'services'> {
  /** Redis and NATS. Absent: processes of plain Colyseus that know nothing of each other, to see what the machine does. */
  readonly services?: ServicesReady | undefined;
}

export interface TwoNodes extends Measured {
  readonly pairs: readonly Pair[];
}

export async function measureTwoNodes(options: TwoNodesOptions): Promise<TwoNodes> {
  const { services, pins, quick, profileInto, tell } = options;
  const side = services === undefined ? 'colyseus' : 'gatehouse';
  const on = (nodes: number): Contestant => ({ side, deployment: { nodes, services } });
  const pairs = await runRounds(load, {
    ...(quick ? QUICK : FULL),
    warmUpTogether: true,
    pins,
    profileInto,
    contestants: [on(1), on(2)],
    onRound: (round, done) => tell(`two nodes ${round}: ×${outcomeOf(measure, done).ratio.toFixed(3)}`),
  });
  const disturbed = ({ base, platform }: Pair) => Math.max(base.othersBusy, platform.othersBusy);
  const { kept, remark } = quietOf(
    pairs.map((pair) => ({ pair, othersBusy: disturbed(pair) })),
    'pairs',
  );
  const quiet = kept.map(({ pair }) => pair);
  const { ratio, base, platform, from, to, lowest, highest } = outcomeOf(measure, quiet);
  const range = `95 % ${from.toFixed(2)}–${to.toFixed(2)}, ${lowest.toFixed(2)}–${highest.toFixed(2)}`;
  const costs = `median of ${quiet.length} pairs; ${base.toFixed(2)} / ${platform.toFixed(2)} ${measure.unit}`;
  const promised = {
    name: 'server CPU per delivered frame, two nodes over one',
    limit: { atMost: LIMIT },
    promise: PROMISE,
  };
  const named = services === undefined ? { name: 'the same of plain Colyseus, two processes over one' } : promised;
  const figure: Figure = { ...named, value: ratio, unit: '', digits: 2, detail: `${costs}; ${range}`, remark };
  return { figures: [figure], pairs, conditions: [conditions(load, 'one node / two nodes', quiet)] };
}
