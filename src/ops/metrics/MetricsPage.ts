import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  type Metric,
  openMetricsContentType,
  Registry,
  type RegistryContentType,
} from 'prom-client';
import type { Clock } from '../../ports/clock.ts';
import type { Counters } from '../Counters.ts';
import {
  type CounterEntry,
  type CounterName,
  counters as countersTable,
  type GaugeEntry,
  type GaugeName,
  gauges as gaugesTable,
  type HistogramEntry,
  type HistogramName,
  histograms as histogramsTable,
  metricName,
  type Values,
} from './catalogue.ts';
import type { Distribution, Exemplar } from './Distribution.ts';

/** For so long an answer is given again: ten who ask at once cost what one does. */
export const CACHE_MS = 1_000;
/** Of labels whose values are names: the one that is there from the start, so that a rate is known when the first is counted. */
const NONE = 'none';

/** Says a value; labels in the order of the catalogue. */
export type Tell = (value: number, ...labels: string[]) => void;
/** Called when somebody asks. */
export type Reading = (tell: Tell) => void;

export interface MetricsPageParts {
  readonly counters: Counters;
  readonly gauges: Readonly<Record<GaugeName, Reading>>;
  /** Totals that are kept where they arise, as they grow with each frame. */
  readonly totals: Readonly<Partial<Record<CounterName, Reading>>>;
  /** The kinds of rooms that there are. */
  readonly rooms: readonly string[];
  readonly clock: Clock;
}

/** The text format of Prometheus, or OpenMetrics, in which buckets name traces. */
export type MetricsFormat = 'text' | 'openmetrics';

/** What `/metrics` answers in each format, from when somebody asks for it: prom-client has one format to a registry. */
export class MetricsPages {
  readonly #parts: MetricsPageParts;
  readonly #pages = new Map<MetricsFormat, MetricsPage>();

  constructor(parts: MetricsPageParts) {
    this.#parts = parts;
  }

  of(format: MetricsFormat): MetricsPage {
    const page = this.#pages.get(format) ?? new MetricsPage(this.#parts, format);
    this.#pages.set(format, page);
    return page;
  }
}

/** All of the catalogue in one format, read when somebody asks. */
class MetricsPage {
  readonly #registry = new Registry<RegistryContentType>();
  readonly #clock: Clock;
  #text: Promise<string> | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor({ counters, gauges, totals, rooms, clock }: MetricsPageParts, format: MetricsFormat) {
    if (format === 'openmetrics') this.#registry.setContentType(openMetricsContentType);
    this.#clock = clock;
    const registers = [this.#registry];
    for (const [key, { help, labels = {} }] of entries<CounterEntry>(countersTable)) {
      const labelNames = Object.keys(labels);
      const read = totals[key as CounterName] ?? readCount(counters, key as CounterName);
      new Counter({
        name: metricName('counter', key),
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          const tell: Tell = (value, ...values) => this.inc(labelled(labelNames, values), value);
          for (const values of zeros(labels, rooms)) tell(0, ...values);
          read(tell);
        },
      });
    }
    for (const [key, { help, labels = {} }] of entries<GaugeEntry>(gaugesTable)) {
      const labelNames = Object.keys(labels);
      new Gauge({
        name: metricName('gauge', key),
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          const tell: Tell = (value, ...values) => this.set(labelled(labelNames, values), value);
          gauges[key as GaugeName](tell);
        },
      });
    }
    for (const [key, entry] of entries<HistogramEntry>(histogramsTable)) {
      this.#registry.registerMetric(histogram(key as HistogramName, entry, counters, rooms));
    }
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** At most as old as `CACHE_MS`. */
  text(): Promise<string> {
    const now = this.#clock.monotonic();
    if (this.#text === undefined || now - this.#readAt >= CACHE_MS) {
      this.#readAt = now;
      this.#text = this.#registry.metrics();
    }
    return this.#text;
  }
}

function entries<E>(table: Readonly<Record<string, E>>): Array<[string, E]> {
  return Object.entries(table);
}

function readCount(counters: Counters, name: CounterName): Reading {
  return (tell) => {
    for (const { labels, value } of counters.of(name)) tell(value, ...labels);
  };
}

function labelled(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? NONE]));
}

/** A first label has all its values from the start; a second one comes as it is counted. */
function zeros(labels: Readonly<Record<string, Values>>, rooms: readonly string[]): string[][] {
  const [first] = Object.values(labels);
  return first === undefined ? [[]] : valuesOf(first, rooms).map((value) => [value]);
}

function valuesOf(values: Values, rooms: readonly string[]): readonly string[] {
  if (values === 'rooms') return rooms;
  return values === 'names' ? [NONE] : values;
}

/** In prom-client's own a value would cost a look-up of its labels each time; it takes whatever can tell its values. */
function histogram(name: HistogramName, entry: HistogramEntry, counters: Counters, rooms: readonly string[]): Metric {
  const [label] = Object.keys(entry.labels ?? {});
  const [values] = Object.values(entry.labels ?? {});
  const metric = {
    name: metricName('histogram', name),
    help: entry.help,
    type: 'histogram',
    get() {
      for (const value of values === undefined ? [''] : valuesOf(values, rooms)) counters.distribution(name, value);
      const lines = [...counters.distributionsOf(name)].flatMap(([value, distribution]) =>
        linesOf(this.name, distribution, label === undefined ? {} : { [label]: value }),
      );
      return Promise.resolve({ ...this, values: lines });
    },
  };
  return metric as unknown as Metric;
}

function linesOf(name: string, distribution: Distribution, labels: Record<string, string>): object[] {
  const { bounds, counts, exemplars, sum } = distribution;
  const lines: object[] = [];
  let below = 0;
  counts.forEach((count, i) => {
    below += count;
    const le = bounds[i] ?? '+Inf';
    lines.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: below, ...exemplarOf(exemplars[i]) });
  });
  lines.push({ metricName: `${name}_sum`, labels, value: sum });
  lines.push({ metricName: `${name}_count`, labels, value: below });
  return lines;
}

/** As prom-client writes it in OpenMetrics, and leaves it out of text. */
function exemplarOf(exemplar: Exemplar | undefined): object {
  if (exemplar === undefined) return {};
  const { trace, value, at } = exemplar;
  // The label that Grafana looks for, unless it is told another.
  return { exemplar: { labelSet: { trace_id: trace }, value, timestamp: at / 1_000 } };
}
