import type { Figures } from '../measure/gates.ts';
import { Histogram } from '../measure/Histogram.ts';
import { type CountName, countNames, type DurationName, durationNames, durations } from '../measure/measures.ts';
import type { Sight } from './messages.ts';

/** Steps of a chart at most. */
const MOST_STEPS = 240;
const MOST_PROBLEMS = 100;

/** What happened in a stretch of time, over all workers. */
export interface Step {
  readonly durations: Map<DurationName, Histogram>;
  readonly counts: Map<CountName, number>;
  /** Milliseconds that were watched of it, of all workers together. */
  seenMs: number;
  present: number;
  away: number;
  /** Of the busiest worker's core. */
  busy: number;
}

export interface RecordingOptions {
  readonly rampMs: number;
  /** With the ramp. */
  readonly totalMs: number;
}

/** All that the workers saw: over time, and in sum. */
export class Recording implements Figures {
  readonly stepMs: number;
  readonly steps: Step[] = [];
  readonly problems = new Map<string, number>();
  readonly #rampMs: number;
  readonly #all = histograms();
  readonly #steady = histograms();
  readonly #counts = new Map<CountName, number>();
  readonly #steadyCounts = new Map<CountName, number>();
  readonly #workers = new Map<number, Sight>();
  #lastAt = 0;
  #peak = 0;

  constructor({ rampMs, totalMs }: RecordingOptions) {
    this.#rampMs = rampMs;
    this.stepMs = Math.max(1, Math.ceil(totalMs / MOST_STEPS / 1_000)) * 1_000;
  }

  get present(): number {
    return this.#sum('present');
  }

  get away(): number {
    return this.#sum('away');
  }

  /** Most who were in at once. */
  get peak(): number {
    return this.#peak;
  }

  /** Milliseconds until what was seen last. */
  get lastAt(): number {
    return this.#lastAt;
  }

  add(worker: number, sight: Sight): void {
    const { at, tally, busy } = sight;
    const before = this.#workers.get(worker)?.at ?? 0;
    this.#workers.set(worker, sight);
    this.#lastAt = Math.max(this.#lastAt, at);
    this.#peak = Math.max(this.#peak, this.present);
    // By the middle of the time that it is about.
    const steady = (before + at) / 2 >= this.#rampMs;
    const step = this.#stepAt((before + at) / 2);
    step.seenMs += at - before;
    Object.assign(step, { present: this.present, away: this.away, busy: Math.max(step.busy, busy) });
    for (const [name, data] of Object.entries(tally.durations) as Array<
      [DurationName, NonNullable<typeof tally.durations.rpc>]
    >) {
      this.#all.get(name)!.add(data);
      if (steady) this.#steady.get(name)!.add(data);
      if (!step.durations.has(name)) step.durations.set(name, new Histogram());
      step.durations.get(name)!.add(data);
    }
    for (const [name, count] of Object.entries(tally.counts) as Array<[CountName, number]>) {
      add(this.#counts, name, count);
      add(step.counts, name, count);
      if (steady) add(this.#steadyCounts, name, count);
    }
    for (const [sentence, count] of Object.entries(tally.problems)) {
      if (this.problems.has(sentence) || this.problems.size < MOST_PROBLEMS) add(this.problems, sentence, count);
    }
  }

  /** What counts for the result; all of it where nothing was seen after the ramp. */
  duration(name: DurationName): Histogram {
    const steady = this.#steady.get(name)!;
    return durations[name].steady && steady.count > 0 ? steady : this.#all.get(name)!;
  }

  count(name: CountName): number {
    return this.#counts.get(name) ?? 0;
  }

  rate(name: CountName): number {
    const steadyMs = this.#lastAt - this.#rampMs;
    if (steadyMs <= 0) return Number.NaN;
    return ((this.#steadyCounts.get(name) ?? 0) * 1_000) / steadyMs;
  }

  #sum(gauge: 'present' | 'away'): number {
    return [...this.#workers.values()].reduce((sum, sight) => sum + sight[gauge], 0);
  }

  #stepAt(at: number): Step {
    const index = Math.min(Math.floor(at / this.stepMs), 2 * MOST_STEPS);
    while (this.steps.length <= index) {
      this.steps.push({
        durations: new Map(),
        counts: new Map(),
        seenMs: 0,
        present: this.present,
        away: this.away,
        busy: 0,
      });
    }
    return this.steps[index]!;
  }
}

function histograms(): Map<DurationName, Histogram> {
  return new Map(durationNames.map((name) => [name, new Histogram()]));
}

function add<K>(map: Map<K, number>, key: K, by: number): void {
  map.set(key, (map.get(key) ?? 0) + by);
}

/** All counts, those that are nothing too. */
export function countsOf(figures: Figures): Record<CountName, number> {
  return Object.fromEntries(countNames.map((name) => [name, figures.count(name)])) as Record<CountName, number>;
}
