import { LINK_STEPS } from '../../schema/index.ts';

/**
 * What is done about a connection that is too slow, from nothing to the end.
 * `slower`: patches at half the rate, then at half of that, and so on.
 */
export const STEPS = [...LINK_STEPS, 'closed'] as const;
export type Step = (typeof STEPS)[number];

/** Pressure, as a share of the bounds, from which on a step is taken. */
const FROM: Readonly<Record<Step, number>> = {
  free: 0,
  coalesce: Number.MIN_VALUE,
  half: 1 / 32,
  quarter: 1 / 16,
  eighth: 1 / 8,
  latest: 1 / 4,
  stopped: 1 / 2,
  closed: 1,
};

/** How long the pressure must stay below half of what a step is taken at before it is taken back, one by one. */
export const CALM_MS = 1_000;

export interface Bounds {
  /** Bytes that may wait for one connection. */
  readonly bytes: number;
  /** Milliseconds that the oldest of them may wait. */
  readonly ageMs: number;
}

export interface Pressure {
  readonly waitingBytes: number;
  /** Of the oldest byte that waits. */
  readonly ageMs: number;
}

export interface Stand {
  readonly step: Step;
  /** Since when the pressure is low enough for the step before; undefined when it is not. */
  readonly calmSince: number | undefined;
}

export const START: Stand = { step: 'free', calmSince: undefined };

/** Where a connection stands on the ladder, from where it stood. Down at once, back up one step after each calm second. */
export function nextStand(stand: Stand, pressure: Pressure, bounds: Bounds, now: number): Stand {
  const share = Math.max(pressure.waitingBytes / bounds.bytes, pressure.ageMs / bounds.ageMs);
  const at = STEPS.indexOf(stand.step);
  const wanted = STEPS.findLastIndex((step) => share >= FROM[step]);
  if (wanted >= at) return { step: STEPS[wanted]!, calmSince: undefined };
  // Nothing waits, and nothing was held back: there is no second to be waited for.
  if (stand.step === 'coalesce') return START;
  if (share >= FROM[stand.step] / 2) return { step: stand.step, calmSince: undefined };
  const calmSince = stand.calmSince ?? now;
  if (now - calmSince < CALM_MS) return { step: stand.step, calmSince };
  return { step: STEPS[at - 1]!, calmSince: now };
}

/** Patches that are sent in a second at a step are so many times fewer. Infinity: none. */
export function slowdownOf(step: Step): number {
  const slowdowns: Readonly<Record<Step, number>> = {
    free: 1,
    coalesce: 1,
    half: 2,
    quarter: 4,
    eighth: 8,
    latest: 8,
    stopped: Number.POSITIVE_INFINITY,
    closed: Number.POSITIVE_INFINITY,
  };
  return slowdowns[step];
}
