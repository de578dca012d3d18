/** Gatehouse against plain Colyseus and, where they can do it, Socket.IO and a raw broadcast: one table, one chart. */
import { chartOf } from './chart.ts';
import { type Machine, machine, machineLine, type Pins } from './machine.ts';
import { nameOf } from './names.ts';
import { outcomeOf } from './outcome.ts';
import { broken, markdown, type Rival, rivalOf, type WorkloadResult } from './report.ts';
import { type Pair, runRounds, type Timing } from './rounds.ts';
import { type Side, type Workload, workloads } from './workloads.ts';

const FULL: Timing = { rounds: 5, turnsPerRound: 8, warmUpMs: 2_500, sliceMs: 1_000 };
const QUICK: Timing = { rounds: 2, turnsPerRound: 2, warmUpMs: 1_500, sliceMs: 500 };
/** Turns that do not count are made again: on a busy machine it would go on for hours. */
const MAX_MS = 40 * 60_000;
const BASE: Side = 'colyseus';
const BASE_AGAIN = [BASE] as const;
/** In place of the names of workloads: those with peers. */
const PEERS = 'peers';

export interface InTurnOptions {
  /** Of workloads. None: all. */
  readonly names: readonly string[];
  readonly pins: Pins;
  readonly quick: boolean;
  readonly rounds: number | undefined;
  /** Colyseus against itself, in place of all others. */
  readonly noise: boolean;
  /** Folder for CPU profiles of the servers. */
  readonly profileInto: string | undefined;
}

export interface InTurnResult {
  readonly markdown: string;
  readonly chart: string;
  /** Sentences that the run has shown to be wrong. */
  readonly failures: readonly string[];
  /** Why something is not in the table. */
  readonly unfinished: string | undefined;
  /** To be kept. */
  readonly record: {
    readonly machine: Machine;
    readonly timing: Timing;
    readonly results: readonly WorkloadResult[];
  };
}

export async function benchInTurn({ names, quick, noise, rounds, ...options }: InTurnOptions): Promise<InTurnResult> {
  const chosen = choose(names);
  const preset = quick ? QUICK : FULL;
  const timing = { ...preset, rounds: rounds ?? preset.rounds };
  const until = performance.now() + MAX_MS;
  const results: WorkloadResult[] = [];
  const missing: string[] = [];
  for (const workload of chosen) {
    const { name, measures, peers } = workload;
    const rivals: Rival[] = [];
    for (const side of noise ? BASE_AGAIN : (['gatehouse', ...peers] as const)) {
      const called = noise ? `${nameOf(side)} again` : nameOf(side);
      const onRound = (round: number, pairs: readonly Pair[]) => tell(workload, called, round, pairs);
      try {
        // Each beside the base: with all of them up at once each rests for most of the time, as no server does.
        const contestants = [{ side: BASE }, { side }] as const;
        const pairs = await runRounds(workload, { ...timing, ...options, contestants, until, onRound });
        rivals.push(rivalOf(called, measures, pairs));
      } catch (error) {
        // The other workloads are measured and told all the same; nobody but Gatehouse is held to limits.
        const rest = rivals.length === 0 ? ', and whom it is compared with' : '';
        missing.push(`${name}, ${called}${rest}: ${(error as Error).message}`);
        if (rivals.length === 0) break;
      }
    }
    const [held, ...others] = rivals;
    if (held !== undefined) results.push({ workload, base: nameOf(BASE), rivals: [held, ...others] });
  }
  const unfinished = missing.length === 0 ? undefined : missing.join('; ');
  if (unfinished !== undefined && results.length === 0) throw new Error(unfinished);
  const where = machine(options.pins);
  return {
    markdown: markdown(where, results, missing),
    chart: chartOf(machineLine(where), results),
    failures: broken(results),
    unfinished,
    record: { machine: where, timing, results },
  };
}

function choose(names: readonly string[]): readonly Workload[] {
  if (names.length === 0) return workloads;
  if (names.length === 1 && names[0] === PEERS) return workloads.filter(({ peers }) => peers.length > 0);
  return names.map((name) => {
    const workload = workloads.find((one) => one.name === name);
    if (workload !== undefined) return workload;
    const known = workloads.map((one) => one.name).join(', ');
    throw new Error(`there is no workload "${name}" among ${known}; --help says what else there is`);
  });
}

function tell({ name, measures }: Workload, rival: string, round: number, pairs: readonly Pair[]): void {
  const told = measures.map((measure) => `${measure.name} ×${outcomeOf(measure, pairs).ratio.toFixed(3)}`);
  process.stderr.write(`  ${name}, ${rival}, ${round}: ${told.join(', ')}\n`);
}
