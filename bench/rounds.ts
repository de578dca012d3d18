/**
 * Pairs of slices. Both sides are up, one at a time runs, and they take turns
 * every second or so: whatever else the machine does hits both alike. Each round
 * starts fresh processes, as two runs of the same code differ for good by where
 * its memory and its compiled code came to lie.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Contender, type Contestant } from './contender.ts';
import type { Pins } from './machine.ts';
import { BadSlice, type Reading } from './reading.ts';
import type { Workload } from './workloads.ts';

export interface Pair {
  readonly round: number;
  readonly base: Reading;
  readonly platform: Reading;
}

export interface Timing {
  readonly rounds: number;
  readonly pairsPerRound: number;
  readonly warmUpMs: number;
  readonly sliceMs: number;
}

export interface RoundsOptions extends Timing {
  readonly pins: Pins;
  readonly base: Contestant;
  /** What is held against the base. */
  readonly platform: Contestant;
  /** Both warm up at once: for a load that leaves the cores time for two. */
  readonly warmUpTogether?: boolean;
  readonly profileInto?: string | undefined;
  readonly onRound: (workload: Workload, round: number, pairs: readonly Pair[]) => void;
}

/** Pairs that a round tries for each one that it needs, before the machine is no place to measure on. */
const TRIES_PER_PAIR = 6;
const TRIES_PER_ROUND = 3;
/** After a disturbed pair: whoever else needs the machine may be done then. */
const DISTURBED_MS = 1_000;

export async function runRounds(workload: Workload, options: RoundsOptions): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    const done = await tryRound(workload, round, options);
    pairs.push(...done);
    options.onRound(workload, round, done);
  }
  return pairs;
}

async function tryRound(workload: Workload, round: number, options: RoundsOptions): Promise<Pair[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runRound(workload, round, options);
    } catch (error) {
      if (!(error instanceof BadSlice) || attempt === TRIES_PER_ROUND) throw error;
      process.stderr.write(`  ${workload.name} ${round}: ${error.message}; the round starts anew\n`);
    }
  }
}

async function runRound({ load, name }: Workload, round: number, options: RoundsOptions): Promise<Pair[]> {
  const { pairsPerRound, warmUpMs, sliceMs } = options;
  await using base = await Contender.start({ ...options, ...options.base, load });
  await using platform = await Contender.start({ ...options, ...options.platform, load });
  const baseIsWarm = base.warmUp(warmUpMs);
  if (options.warmUpTogether !== true) await baseIsWarm;
  await Promise.all([baseIsWarm, platform.warmUp(warmUpMs)]);

  const pairs: Pair[] = [];
  for (let attempt = 1; pairs.length < pairsPerRound; attempt++) {
    if (attempt > pairsPerRound * TRIES_PER_PAIR) throw new Error(`${name}: the machine is too busy to measure on`);
    // Who goes first alternates.
    const baseFirst = (round + attempt) % 2 === 0;
    try {
      const first = await (baseFirst ? base : platform).slice(sliceMs);
      const second = await (baseFirst ? platform : base).slice(sliceMs);
      pairs.push(baseFirst ? { round, base: first, platform: second } : { round, base: second, platform: first });
    } catch (error) {
      if (!(error instanceof BadSlice) || error.forGood) throw error;
      process.stderr.write(`  ${name} ${round}: ${error.message}; the pair does not count\n`);
      await pause(DISTURBED_MS);
    }
  }
  return pairs;
}
