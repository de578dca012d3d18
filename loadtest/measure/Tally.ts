import { Histogram, type HistogramData } from './Histogram.ts';
import { type CountName, type DurationName, durationNames } from './measures.ts';

/** What a worker saw since it was asked last. */
export interface TallyData {
  readonly durations: Readonly<Partial<Record<DurationName, HistogramData>>>;
  readonly counts: Readonly<Partial<Record<CountName, number>>>;
  /** Sentences about what went wrong → how often. */
  readonly problems: Readonly<Record<string, number>>;
}

/** Different sentences that are kept between two reports; what is beyond is counted under one. */
const MAX_PROBLEMS = 20;
const OTHERS = 'other problems';
const MAX_SENTENCE = 300;

/** One worker's counters and histograms. */
export class Tally {
  readonly #durations = new Map<DurationName, Histogram>(durationNames.map((name) => [name, new Histogram()]));
  #counts: Partial<Record<CountName, number>> = {};
  #problems = new Map<string, number>();

  time(name: DurationName, milliseconds: number): void {
    this.#durations.get(name)!.record(Math.max(0, milliseconds));
  }

  count(name: CountName, by = 1): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + by;
  }

  problem(sentence: string): void {
    const short = sentence.slice(0, MAX_SENTENCE);
    const known = this.#problems.has(short) || this.#problems.size < MAX_PROBLEMS ? short : OTHERS;
    this.#problems.set(known, (this.#problems.get(known) ?? 0) + 1);
  }

  take(): TallyData {
    const durations: Partial<Record<DurationName, HistogramData>> = {};
    for (const [name, histogram] of this.#durations) {
      if (histogram.count === 0) continue;
      durations[name] = histogram.toData();
      histogram.clear();
    }
    const data = { durations, counts: this.#counts, problems: Object.fromEntries(this.#problems) };
    this.#counts = {};
    this.#problems = new Map();
    return data;
  }
}
