/** What a delivered frame costs with a thousand clients in rooms of fifty, against plain Colyseus, in pairs. */
import { setTimeout as pause } from 'node:timers/promises';
import { outcomeOf } from '../outcome.ts';
import { BadSlice } from '../reading.ts';
import { conditions } from '../report.ts';
import type { Pair } from '../rounds.ts';
import { cpuPerFrame, type Measure, type Workload } from '../workloads.ts';
import { Side } from './Side.ts';
import type { Measured, StageOptions } from './stage.ts';

const FULL = { rounds: 2, pairs: 7, warmUpMs: 2_500, sliceMs: 1_000 };
const QUICK = { rounds: 1, pairs: 2, warmUpMs: 1_500, sliceMs: 500 };
/** Pairs that are tried for each one that is wanted; half of those wanted must be good. */
const TRIES = 3;
const DISTURBED_MS = 500;

/** From the issue; what it aims at is printed. */
const LIMIT = 1;
const AIM = 0.8;

const measure: Measure = { ...cpuPerFrame, limit: { atMost: LIMIT } };

const workload: Workload = {
  name: 'thousand',
  what: '1,000 clients in 20 rooms of 50 watch at 60 Hz and send nothing; Colyseus / Gatehouse',
  load: { players: 1_000, inputsPerSecond: 0, callsInFlight: 0, rooms: 20 },
  measures: [measure],
  peers: [],
};

export async function measureFrames(options: StageOptions): Promise<Measured> {
  const { rounds } = options.quick ? QUICK : FULL;
  const pairs: Pair[] = [];
  for (let round = 1; round <= rounds; round++) {
    const done = await runRound(round, options);
    pairs.push(...done);
    options.tell(`frames ${round}: ×${outcomeOf(measure, done).ratio.toFixed(3)}`);
  }
  const { ratio, base, platform, from, to, lowest, highest } = outcomeOf(measure, pairs);
  const costs = `median of ${pairs.length} pairs; ${base.toFixed(2)} / ${platform.toFixed(2)} ${measure.unit}`;
  const range = `95 % ${from.toFixed(2)}–${to.toFixed(2)}, ${lowest.toFixed(2)}–${highest.toFixed(2)}`;
  const figure = {
    name: '1,000 clients × 60 Hz in rooms of 50: server CPU per delivered frame, Gatehouse over Colyseus',
    value: ratio,
    unit: '',
    digits: 2,
    limit: { atMost: LIMIT },
    detail: `${costs}; ${range}; the aim is ${AIM}: ${ratio <= AIM ? 'reached' : 'not reached'}`,
    promise: 'a delivered frame costs at most what plain Colyseus needs, with 1,000 clients in rooms of 50 at 60 Hz',
  };
  const turns = pairs.map(({ round, base: first, platform: second }) => ({ round, readings: [first, second] }));
  return { figures: [figure], conditions: [conditions({ workload, turns })], pairs };
}

async function runRound(round: number, { quick, pins, profileInto, tell }: StageOptions): Promise<Pair[]> {
  const { pairs: wanted, warmUpMs, sliceMs } = quick ? QUICK : FULL;
  const common = { load: workload.load, pins, profileInto };
  await using base = await Side.start({ ...common, side: 'colyseus' });
  await using platform = await Side.start({ ...common, side: 'gatehouse' });
  await base.warmUp(warmUpMs);
  await platform.warmUp(warmUpMs);
  const pairs: Pair[] = [];
  for (let attempt = 1; pairs.length < wanted && attempt <= wanted * TRIES; attempt++) {
    // Who goes first alternates.
    const baseFirst = (round + attempt) % 2 === 0;
    try {
      const first = await (baseFirst ? base : platform).slice(sliceMs);
      const second = await (baseFirst ? platform : base).slice(sliceMs);
      pairs.push(baseFirst ? { round, base: first, platform: second } : { round, base: second, platform: first });
    } catch (error) {
      if (!(error instanceof BadSlice) || error.forGood) throw error;
      tell(`frames ${round}: ${error.message}; the pair does not count`);
      await pause(DISTURBED_MS);
    }
  }
  if (pairs.length < wanted / 2) throw new Error('frames: the machine is too busy to measure on');
  return pairs;
}
