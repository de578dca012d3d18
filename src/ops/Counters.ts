import { type CounterName, type HistogramName, histograms } from './metrics/catalogue.ts';
import { Distribution } from './metrics/Distribution.ts';

/** Label values of one name; more are counted as `other`. */
export const MAX_LABELS = 500;
const OTHER = 'other';

export interface Count {
  readonly labels: readonly string[];
  value: number;
}

/** Of the catalogue; a benchmark may count something of its own, which nobody else is told. */
type Name = CounterName | `bench_${string}`;

/**
 * What happened, and how long it took: the one place that `/metrics` and the
 * log read. Labels are of the code's own choosing, never a user, a session or a
 * room id, so their number is bounded.
 */
export class Counters {
  readonly #counts = new Map<Name, Map<string, Count>>();
  readonly #distributions = new Map<HistogramName, Map<string, Distribution>>();

  count(name: Name, ...labels: string[]): void {
    const ofName = within(this.#counts, name);
    const key = labels.join('\n');
    const known = ofName.get(key);
    if (known !== undefined) known.value += 1;
    else if (ofName.size < MAX_LABELS) ofName.set(key, { labels, value: 1 });
    else this.#countOther(ofName, labels.length);
  }

  /** Of a name, or of those of its counts whose first label is this. */
  get(name: CounterName, label?: string): number {
    let sum = 0;
    for (const { labels, value } of this.of(name)) if (label === undefined || labels[0] === label) sum += value;
    return sum;
  }

  of(name: CounterName): Iterable<Count> {
    return this.#counts.get(name)?.values() ?? [];
  }

  /** All counts by name and first label, sorted by name. */
  all(): Record<string, number> {
    const sums = new Map<string, number>();
    for (const [name, counts] of this.#counts) {
      for (const { labels, value } of counts.values()) {
        const key = labels.length === 0 ? name : `${name}:${labels[0]}`;
        sums.set(key, (sums.get(key) ?? 0) + value);
      }
    }
    return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Where values of a name and a label are noted: looked up once, and kept by whoever measures often. */
  distribution(name: HistogramName, label = ''): Distribution {
    const ofName = within(this.#distributions, name);
    const key = ofName.has(label) || ofName.size < MAX_LABELS ? label : OTHER;
    const known = ofName.get(key);
    if (known !== undefined) return known;
    const fresh = new Distribution(histograms[name].buckets);
    ofName.set(key, fresh);
    return fresh;
  }

  distributionsOf(name: HistogramName): Iterable<readonly [label: string, Distribution]> {
    return this.#distributions.get(name) ?? [];
  }

  /** For those who know no distributions, as the adapters do. */
  observe(name: HistogramName, label: string, value: number): void {
    this.distribution(name, label).observe(value);
  }

  #countOther(ofName: Map<string, Count>, labels: number): void {
    const others = new Array<string>(labels).fill(OTHER);
    const key = others.join('\n');
    const count = ofName.get(key) ?? { labels: others, value: 0 };
    count.value += 1;
    ofName.set(key, count);
  }
}

function within<K, V>(map: Map<K, Map<string, V>>, name: K): Map<string, V> {
  let inner = map.get(name);
  if (inner === undefined) {
    inner = new Map();
    map.set(name, inner);
  }
  return inner;
}
