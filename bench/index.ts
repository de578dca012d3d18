/**
 * `npm run bench [-- frames play rpc rpc-many] [--quick] [--rounds N] [--noise] [--profile]`
 *
 * Plain Colyseus against Gatehouse: same room, same load, in pairs. Prints a
 * table, writes `bench/results/latest.json`, and ends with 1 when a ratio that
 * the project promises does not hold, with 2 when the run says nothing.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, pins } from './machine.ts';
import { median, outcomeOf, ratiosOf } from './outcome.ts';
import { broken, markdown, type WorkloadResult } from './report.ts';
import { type Pair, runRounds } from './rounds.ts';
import { type Side, type Workload, workloads } from './workloads.ts';

const FULL = { rounds: 5, pairsPerRound: 8, warmUpMs: 2_500, sliceMs: 1_000 };
/** To see that everything works; its ratios are rough. */
const QUICK = { rounds: 2, pairsPerRound: 2, warmUpMs: 1_500, sliceMs: 500 };
const MAX_ROUNDS = 50;
const RESULTS = new URL('./results/', import.meta.url);

try {
  process.exitCode = await bench();
} catch (error) {
  process.stderr.write(`\n  The bench says nothing: ${(error as Error).message}\n\n`);
  process.exitCode = 2;
}

async function bench(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      noise: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  const chosen = choose(positionals);
  const preset = values.quick ? QUICK : FULL;
  const timing = values.rounds === undefined ? preset : { ...preset, rounds: countOf(values.rounds) };
  // Colyseus against itself: what this machine makes of two equal things.
  const platform: Side = values.noise ? 'colyseus' : 'gatehouse';
  const profileInto = values.profile ? fileURLToPath(new URL('profiles', RESULTS)) : undefined;
  const pinning = pins();

  const results: WorkloadResult[] = [];
  for (const workload of chosen) {
    const pairs = await runRounds(workload, { ...timing, platform, pins: pinning, profileInto, onRound });
    results.push({ workload, pairs, outcomes: workload.measures.map((one) => outcomeOf(one, pairs)) });
  }

  const report = markdown(machine(pinning), values.noise ? 'Colyseus again' : 'Gatehouse', results);
  process.stdout.write(`\n${report}\n\n`);
  mkdirSync(RESULTS, { recursive: true });
  const record = { at: new Date().toISOString(), machine: machine(pinning), platform, timing, results };
  writeFileSync(new URL('latest.json', RESULTS), `${JSON.stringify(record, null, 2)}\n`);

  const failures = broken(results);
  for (const sentence of failures) process.stderr.write(`  Does not hold. ${sentence}\n`);
  return failures.length > 0 ? 1 : 0;
}

function choose(names: readonly string[]): readonly Workload[] {
  if (names.length === 0) return workloads;
  return names.map((name) => {
    const workload = workloads.find((one) => one.name === name);
    if (workload !== undefined) return workload;
    throw new Error(`there is no workload "${name}"; there are ${workloads.map((one) => one.name).join(', ')}`);
  });
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_ROUNDS) return count;
  throw new Error(`--rounds ${text} must be a whole number from 1 to ${MAX_ROUNDS}`);
}

function onRound({ name, measures }: Workload, round: number, pairs: readonly Pair[]): void {
  const ratios = measures.map((one) => `${one.name} ×${median(ratiosOf(one, pairs)).toFixed(3)}`);
  process.stderr.write(`  ${name} ${round}: ${ratios.join(', ')}\n`);
}
