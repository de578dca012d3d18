/** `npm run bench -- --help`: Gatehouse against others, in turn, in one table; and what has a bench of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchCluster } from './cluster/index.ts';
import { benchContinuity } from './continuity.ts';
import { benchDelivery } from './delivery/index.ts';
import { benchInTurn } from './in-turn.ts';
import { pins } from './machine.ts';
import { USAGE } from './usage.ts';

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
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
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
  const { quick, noise } = values;
  const rounds = values.rounds === undefined ? undefined : countOf(values.rounds);
  const result = await benchInTurn({ names: positionals, pins: pinning, quick, noise, rounds, profileInto });
  const { markdown: table, chart, record, failures, unfinished } = result;
  const code = tell({ table, file: 'latest.json', record: { quick, ...record }, failures });
  writeFileSync(new URL('latest.md', RESULTS), `${table}\n`);
  writeFileSync(new URL('latest.svg', RESULTS), chart);
  if (unfinished !== undefined && code === 0) throw new Error(unfinished);
  return code;
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

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_ROUNDS) return count;
  throw new Error(`--rounds ${text} must be a whole number from 1 to ${MAX_ROUNDS}`);
}
