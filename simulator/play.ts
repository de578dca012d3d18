import { setTimeout as until } from 'node:timers/promises';
import { endOf, type Fault, type Schedule, type Target } from './faults.ts';
import { MAX_FAULTS } from './schedule.ts';

export interface PlayOptions {
  /** Stops it, and heals everything. */
  readonly signal?: AbortSignal;
  /** Schedules that last longer are refused, milliseconds. Default one minute. */
  readonly longestMs?: number;
}

/** What was done, and when. `missed`: there was nothing left that it could happen to. */
export interface Deed {
  /** Milliseconds since the play began, as it was and not as it was planned. */
  readonly atMs: number;
  readonly what: 'begins' | 'ends' | 'missed';
  readonly fault: Fault;
}

/** A schedule that is being played. */
export interface Play extends AsyncDisposable {
  /** What was done until now. */
  readonly log: readonly Deed[];
  /** Resolves when the schedule is over or was stopped, and every target is healed. */
  readonly done: Promise<readonly Deed[]>;
  /** Ends it before its time. */
  stop(): Promise<void>;
}

/** No schedule may last longer than this, whatever is asked. */
const LONGEST_MS = 60 * 60_000;

/**
 * Does to the targets what the schedule says, when it says so. In the end,
 * however it ends, everything is healed; what was killed stays dead. Refuses a
 * schedule that is too long or too full, that names what is not there or asks
 * what it cannot do, or of which two faults of one target overlap, as the end of
 * one would heal the other.
 */
export function play(schedule: Schedule, targets: Readonly<Record<string, Target>>, options: PlayOptions = {}): Play {
  const { signal, longestMs = 60_000 } = options;
  const steps = stepsOf(schedule, targets, Math.min(longestMs, LONGEST_MS));
  const ending = new AbortController();
  const stopped = AbortSignal.any(signal === undefined ? [ending.signal] : [ending.signal, signal]);
  const log: Deed[] = [];
  const beganAt = performance.now();

  const run = async () => {
    try {
      for (const { at, begins, fault } of steps) {
        const wait = Math.ceil(beganAt + at - performance.now());
        if (wait > 0) await until(wait, undefined, { signal: stopped });
        if (stopped.aborted) break;
        const target = targets[fault.target]!;
        let what: Deed['what'] = begins ? 'begins' : 'ends';
        if (!begins) target.heal();
        else if (!target.begin(fault)) what = 'missed';
        log.push({ atMs: Math.round(performance.now() - beganAt), what, fault });
      }
    } catch (error) {
      if (!stopped.aborted) throw error;
    } finally {
      for (const target of Object.values(targets)) target.heal();
    }
    return log;
  };

  const done = run();
  const stop = async () => {
    ending.abort();
    await done;
  };
  return { log, done, stop, [Symbol.asyncDispose]: stop };
}

interface Step {
  readonly at: number;
  readonly begins: boolean;
  readonly fault: Fault;
}

function stepsOf(schedule: Schedule, targets: Readonly<Record<string, Target>>, longestMs: number): Step[] {
  if (schedule.length > MAX_FAULTS) throw new RangeError(`${schedule.length} faults, and ${MAX_FAULTS} are the most`);
  const busyUntil = new Map<string, number>();
  const steps: Step[] = [];
  for (const fault of [...schedule].sort((a, b) => a.at - b.at)) {
    const { at, target, kind } = fault;
    const end = endOf(fault);
    const said = JSON.stringify(fault);
    const lasts = !('forMs' in fault) || fault.forMs > 0;
    if (!(at >= 0 && lasts && end <= longestMs)) throw new RangeError(`${said} is not within ${longestMs} ms`);
    if (!targets[target]?.kinds.includes(kind)) throw new RangeError(`${said}: no such target, or not with it`);
    if (at < (busyUntil.get(target) ?? 0)) throw new RangeError(`${said} begins before another of ${target} is over`);
    busyUntil.set(target, end);
    steps.push({ at, begins: true, fault });
    if ('forMs' in fault) steps.push({ at: end, begins: false, fault });
  }
  // An end goes before a beginning of the same moment: it may be of the same target. The sort is stable.
  return steps.sort((a, b) => a.at - b.at || Number(a.begins) - Number(b.begins));
}
