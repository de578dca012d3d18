import { draw } from './draw.ts';
import { endOf, type Fault, type FaultKind, type Schedule } from './faults.ts';
import { type ProfileName, profiles } from './profiles.ts';

export interface ScheduleOptions {
  /** Target → what may happen to it. */
  readonly targets: Readonly<Record<string, readonly FaultKind[]>>;
  /** All of it is over by then, milliseconds. */
  readonly durationMs: number;
  /** Between the end of a target's fault and its next, on average. Default 2,000 ms. */
  readonly everyMs?: number;
  /** What lasts, lasts so long at most. Default 1,000 ms. */
  readonly longestMs?: number;
}

/** Faults of one schedule at most. */
export const MAX_FAULTS = 10_000;

/** What `shape` changes to. */
const shapes = (Object.keys(profiles) as ProfileName[]).filter((name) => name !== 'perfect');

/**
 * Faults at times, drawn from the seed: the same for the same seed and options,
 * whatever happens when they are played. Those of one target do not overlap, and
 * nothing comes after its `kill` or `terminate`. Any part of it is a schedule
 * too, so one that makes something fail can be cut down to what it takes.
 */
export function scheduleOf(seed: number, options: ScheduleOptions): Schedule {
  const { targets, durationMs, everyMs = 2_000, longestMs = 1_000 } = options;
  if (!(everyMs >= 1 && longestMs >= 1)) throw new RangeError('faults need a millisecond');
  const faults = Object.entries(targets).flatMap(([target, kinds], index) => {
    const drawn: Fault[] = [];
    for (let n = 0, free = 0; kinds.length > 0 && drawn.length < MAX_FAULTS; n++) {
      const choose = (what: number) => draw(seed, index, n, what);
      const at = free + Math.ceil(choose(0) * 2 * everyMs);
      const kind = kinds[Math.floor(choose(1) * kinds.length)]!;
      const fault = faultOf(kind, { at, target }, 1 + Math.floor(choose(2) * longestMs), choose(3));
      if (endOf(fault) > durationMs) break;
      drawn.push(fault);
      if (kind === 'kill' || kind === 'terminate') break;
      free = endOf(fault);
    }
    return drawn;
  });
  return faults.sort((a, b) => a.at - b.at).slice(0, MAX_FAULTS);
}

function faultOf(kind: FaultKind, at: Pick<Fault, 'at' | 'target'>, forMs: number, choice: number): Fault {
  if (kind === 'kill' || kind === 'terminate') return { ...at, kind };
  if (kind === 'cut') return { ...at, kind, how: choice < 0.5 ? 'reset' : 'end' };
  if (kind === 'shape') return { ...at, kind, forMs, profile: shapes[Math.floor(choice * shapes.length)]! };
  return { ...at, kind, forMs };
}
