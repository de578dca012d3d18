/** What else the machine does: a measurement that was disturbed says little about the server. */
import { cpus } from 'node:os';

/** Cores that others may keep busy, on average over a slice, before it counts as disturbed. */
const QUIET_BELOW = 0.2;

/** CPU time that the whole machine has spent on anything, from some moment on. */
export function machineMicros(): number {
  const cores = cpus();
  // From the idle time: what the others are charged with is only sampled.
  const idleMs = cores.reduce((sum, { times }) => sum + times.idle, 0);
  return (cores.length * performance.now() - idleMs) * 1_000;
}

export interface Disturbable {
  /** Cores that processes which are not ours kept busy. */
  readonly othersBusy: number;
}

export interface Quiet<T> {
  readonly kept: readonly T[];
  /** Says what was left out, or that nothing was quiet; empty when nothing was disturbed. */
  readonly remark: string;
}

/** Those that were not disturbed, or all when too few were: then it is said. */
export function quietOf<T extends Disturbable>(slices: readonly T[], name: string): Quiet<T> {
  const quiet = slices.filter(({ othersBusy }) => othersBusy < QUIET_BELOW);
  if (quiet.length === slices.length) return { kept: quiet, remark: '' };
  const disturbed = `${slices.length - quiet.length} of ${slices.length} ${name} were disturbed by other processes`;
  if (quiet.length < slices.length / 3) return { kept: slices, remark: `${disturbed}, and counted all the same` };
  return { kept: quiet, remark: `${disturbed} and left out` };
}
