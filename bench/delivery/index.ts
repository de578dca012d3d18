/** What leaves the server, and when: a thousand clients, one large world, a recorded session, and a hundred who do not read. */
import { brokenFigures, type Figure, tableOf } from '../figure.ts';
import { type Machine, machine, type Pins } from '../machine.ts';
import type { Pair } from '../rounds.ts';
import { measureFrames } from './frames.ts';
import { measureSession } from './replay.ts';
import { measureSlowReaders } from './slow-readers.ts';
import type { Measured, StageOptions } from './stage.ts';
import { measureWorld } from './world.ts';

export interface DeliveryOptions {
  readonly pins: Pins;
  readonly quick: boolean;
  /** Folder for CPU profiles of the servers. */
  readonly profileInto?: string | undefined;
}

export interface DeliveryResult {
  readonly markdown: string;
  /** Sentences that the run has shown to be wrong. */
  readonly failures: readonly string[];
  /** To be kept. */
  readonly record: { readonly machine: Machine; readonly figures: readonly Figure[]; readonly pairs: readonly Pair[] };
}

const PARTS: ReadonlyArray<(options: StageOptions) => Promise<Measured>> = [
  measureFrames,
  measureWorld,
  measureSession,
  measureSlowReaders,
];

export async function benchDelivery(options: DeliveryOptions): Promise<DeliveryResult> {
  const tell = (progress: string) => process.stderr.write(`  delivery: ${progress}\n`);
  const parts: Measured[] = [];
  for (const measure of PARTS) parts.push(await measure({ ...options, tell }));
  const figures = parts.flatMap((part) => part.figures);
  const onMachine = machine(options.pins);
  return {
    markdown: [tableOf(onMachine, figures), '', ...parts.flatMap(({ conditions }) => conditions)].join('\n'),
    failures: brokenFigures(figures),
    record: { machine: onMachine, figures, pairs: parts.flatMap(({ pairs = [] }) => pairs) },
  };
}
