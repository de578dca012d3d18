/** What a deployment of several nodes is held to, on Redis and NATS of its own. */
import { Child } from '../child.ts';
import { brokenFigures, type Figure, tableOf } from '../figure.ts';
import { type Machine, machine, type Pins } from '../machine.ts';
import type { Pair } from '../rounds.ts';
import type { ServicesReady } from '../servers/services.ts';
import { measureTwoNodes, type TwoNodes } from './two-nodes.ts';
import { measureUsers } from './users.ts';

export interface ClusterOptions {
  readonly pins: Pins;
  readonly quick: boolean;
  /** Only what the machine makes of two processes in place of one, with plain Colyseus. */
  readonly noise: boolean;
  readonly profileInto?: string | undefined;
}

export interface ClusterResult {
  readonly markdown: string;
  /** Sentences that the run has shown to be wrong. */
  readonly failures: readonly string[];
  /** Why the last part could not be measured. */
  readonly unfinished?: string | undefined;
  /** To be kept. */
  readonly record: { readonly machine: Machine; readonly figures: readonly Figure[]; readonly pairs: readonly Pair[] };
}

export async function benchCluster({ noise, ...options }: ClusterOptions): Promise<ClusterResult> {
  const tell = (progress: string) => process.stderr.write(`  cluster: ${progress}\n`);
  if (noise) return resultOf(options.pins, await measureTwoNodes({ ...options, tell }));
  // Not pinned: neither node nor load, they go where there is room.
  await using child = new Child({ entry: new URL('../servers/services.ts', import.meta.url), args: {}, pin: [] });
  const ready = await child.ready<ServicesReady>();
  const users = await measureUsers({ ...options, tell, services: { child, ready } });
  try {
    const nodes = await measureTwoNodes({ ...options, tell, services: ready });
    return resultOf(options.pins, {
      figures: [...users.figures, ...nodes.figures],
      conditions: [...users.conditions, ...nodes.conditions],
      pairs: nodes.pairs,
    });
  } catch (error) {
    // A machine that is too busy for pairs: what was measured before is told all the same.
    return { ...resultOf(options.pins, { ...users, pairs: [] }), unfinished: (error as Error).message };
  }
}

function resultOf(pins: Pins, { figures, conditions, pairs }: TwoNodes): ClusterResult {
  return {
    markdown: [tableOf(machine(pins), figures), '', ...conditions].join('\n'),
    failures: brokenFigures(figures),
    record: { machine: machine(pins), figures, pairs },
  };
}
