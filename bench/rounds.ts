/**
 * Rounds of turns (`turns.ts`). Both sides are up, and one at a time runs. Each round starts fresh processes, as two
 * runs of the same code differ for good by where its memory and its compiled code came to lie.
 */
import { Contender, type Contestant } from './contender.ts';
import type { Pins } from './machine.ts';
import { BadSlice, type Reading } from './reading.ts';
import { takeTurns } from './turns.ts';
import type { Workload } from './workloads.ts';

/** One slice of each. */
export interface Pair {
  readonly round: number;
  readonly base: Reading;
  readonly platform: Reading;
}

export interface Timing {
  readonly rounds: number;
  readonly turnsPerRound: number;
  readonly warmUpMs: number;
  readonly sliceMs: number;
}

export interface RoundsOptions extends Timing {
  readonly pins: Pins;
  /** The second is held against the first. */
  readonly contestants: readonly [Contestant, Contestant];
  /** Both warm up at once: for a load that leaves the cores time for it. */
  readonly warmUpTogether?: boolean;
  /** By `performance.now()`: no turn begins later. Default: all are made. */
  readonly until?: number;
  readonly profileInto?: string | undefined;
  readonly onRound: (round: number, pairs: readonly Pair[]) => void;
}

const TRIES_PER_ROUND = 3;
const DISTURBED_MS = 1_000;

/** @throws Error when there was no time for a single turn */
export async function runRounds(workload: Workload, options: RoundsOptions): Promise<Pair[]> {
  const { rounds, until = Number.POSITIVE_INFINITY, onRound } = options;
  const pairs: Pair[] = [];
  for (let round = 1; round <= rounds && performance.now() < until; round++) {
    const done = await tryRound(workload, round, { ...options, until });
    pairs.push(...done);
    if (done.length > 0) onRound(round, done);
  }
  if (pairs.length === 0) throw new Error('no time was left for it');
  return pairs;
}

type Bounded = RoundsOptions & { readonly until: number };

async function tryRound(workload: Workload, round: number, options: Bounded): Promise<Pair[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runRound(workload, round, options);
    } catch (error) {
      if (!(error instanceof BadSlice) || attempt === TRIES_PER_ROUND) throw error;
      process.stderr.write(`  ${workload.name} ${round}: ${error.message}; the round starts anew\n`);
    }
  }
}

async function runRound({ load, name }: Workload, round: number, options: Bounded): Promise<Pair[]> {
  const { contestants, turnsPerRound, warmUpMs, sliceMs, until } = options;
  await using both = new AsyncDisposableStack();
  const sides: Contender[] = [];
  for (const contestant of contestants)
    sides.push(both.use(await Contender.start({ ...options, ...contestant, load })));
  if (options.warmUpTogether === true) await Promise.all(sides.map((side) => side.warmUp(warmUpMs)));
  else for (const side of sides) await side.warmUp(warmUpMs);
  const turns = await takeTurns(sides, {
    count: turnsPerRound,
    sliceMs,
    backwards: round % 2 === 0,
    disturbedMs: DISTURBED_MS,
    until,
    onDisturbed: (why) => process.stderr.write(`  ${name} ${round}: ${why}; the turn does not count\n`),
  });
  return turns.map(([base, platform]) => ({ round, base: base!, platform: platform! }));
}
