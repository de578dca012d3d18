/**
 * `npm run bench [-- frames play rpc rpc-many] [--quick] [--rounds N] [--noise] [--profile]`
 * `npm run bench -- cluster [--quick] [--noise] [--profile]`
 * `npm run bench -- delivery [--quick] [--profile]`
 * `npm run bench -- continuity`
 *
 * Plain Colyseus against Gatehouse: same room, same load, in pairs. Or, when it
 * is asked for, several nodes over Redis and NATS, which it starts. Prints a
 * table, writes `bench/results/latest.json` or `cluster.json`, and ends with 1
 * when something that the project promises does not hold, with 2 when the run
 * says nothing.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchCluster } from './cluster/index.ts';
import { benchContinuity } from './continuity.ts';
import { benchDelivery } from './delivery/index.ts';
import { machine, pins } from './machine.ts';
import { median, outcomeOf, ratiosOf } from './outcome.ts';
import { broken, markdown, type WorkloadResult } from './report.ts';
import { type Pair, runRounds } from './rounds.ts';
import { type Side, type Workload, workloads } from './workloads.ts';

const FULL = { rounds: 5, pairsPerRound: 8, warmUpMs: 2_500, sliceMs: 1_000 };
/** To see that everything works; its ratios are rough. */
const QUICK = { rounds: 2, pairsPerRound: 2, warmUpMs: 1_500, sliceMs: 500 };
const MAX_ROUNDS = 50;
/** Not among the workloads: it needs redis-server and nats-server. */
const CLUSTER = 'cluster';
/** Not among them either: it needs servers and loads of its own. */
const DELIVERY = 'delivery';
/** What players notice when a node dies, and when it is told to end. Not held to anything yet: it prints. */
const CONTINUITY = 'continuity';
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
  const profileInto = values.profile ? fileURLToPath(new URL('profiles', RESULTS)) : undefined;
  if (positionals.includes(CONTINUITY)) {
    if (positionals.length > 1) throw new Error(`"${CONTINUITY}" is measured alone`);
    process.stdout.write(`\n${await benchContinuity()}\n\n`);
    return 0;
  }
  const pinning = pins();
  if (positionals.includes(CLUSTER)) {
    if (positionals.length > 1 || values.rounds !== undefined) {
      throw new Error(`"${CLUSTER}" is measured alone, and takes --quick, --noise and --profile`);
    }
    const { quick, noise } = values;
    const result = await benchCluster({ pins: pinning, quick, noise, profileInto });
    const { markdown: table, record, failures, unfinished } = result;
    const code = tell({ table, file: 'cluster.json', record: { quick, noise, ...record }, failures });
    if (unfinished !== undefined && code === 0) throw new Error(unfinished);
    return code;
  }
  if (positionals.includes(DELIVERY)) {
    if (positionals.length > 1 || values.rounds !== undefined || values.noise) {
      throw new Error(`"${DELIVERY}" is measured alone, and takes --quick and --profile`);
    }
    const { quick } = values;
    const { markdown: table, record, failures } = await benchDelivery({ pins: pinning, quick, profileInto });
    return tell({ table, file: 'delivery.json', record: { quick, ...record }, failures });
  }
  const chosen = choose(positionals);
  const preset = values.quick ? QUICK : FULL;
  const timing = values.rounds === undefined ? preset : { ...preset, rounds: countOf(values.rounds) };
  // Colyseus against itself: what this machine makes of two equal things.
  const platform: Side = values.noise ? 'colyseus' : 'gatehouse';

  const results: WorkloadResult[] = [];
  for (const workload of chosen) {
    const pairs = await runRounds(workload, {
      ...timing,
      base: { side: 'colyseus' },
      platform: { side: platform },
      pins: pinning,
      profileInto,
      onRound,
    });
    results.push({ workload, pairs, outcomes: workload.measures.map((one) => outcomeOf(one, pairs)) });
  }

  return tell({
    table: markdown(machine(pinning), values.noise ? 'Colyseus again' : 'Gatehouse', results),
    file: 'latest.json',
    record: { machine: machine(pinning), platform, timing, results },
    failures: broken(results),
  });
}

interface Outcomes {
  readonly table: string;
  readonly file: string;
  readonly record: object;
  readonly failures: readonly string[];
}

/** Prints and keeps; the code to end with. */
function tell({ table, file, record, failures }: Outcomes): number {
  process.stdout.write(`\n${table}\n\n`);
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(new URL(file, RESULTS), `${JSON.stringify({ at: new Date().toISOString(), ...record }, null, 2)}\n`);
  for (const sentence of failures) process.stderr.write(`  Does not hold. ${sentence}\n`);
  return failures.length > 0 ? 1 : 0;
}

function choose(names: readonly string[]): readonly Workload[] {
  if (names.length === 0) return workloads;
  return names.map((name) => {
    const workload = workloads.find((one) => one.name === name);
    if (workload !== undefined) return workload;
    throw new Error(
      `there is no workload "${name}"; there are ${workloads.map((one) => one.name).join(', ')}, ${CLUSTER}, ${DELIVERY}`,
    );
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
