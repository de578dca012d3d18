import type { Histogram } from './Histogram.ts';
import {
  type CountName,
  countNames,
  counts,
  type DurationName,
  durationNames,
  durations,
  isCount,
  isDuration,
  wholeOf,
} from './measures.ts';
import { bytesText, countText, msText, percentText, readBytes, readMs } from './quantities.ts';

/** What a run came to, as gates ask for it. */
export interface Figures {
  duration(name: DurationName): Histogram;
  count(name: CountName): number;
  /** A second, while all were in. */
  rate(name: CountName): number;
}

/** A bound that a run is held to. */
export interface Gate {
  /** As it was written. */
  readonly text: string;
  readonly measure: DurationName | CountName;
  readonly stat: string;
  readonly operator: Operator;
  /** Milliseconds, a number, bytes, or a share from 0 to 1. */
  readonly bound: number;
}

export interface Verdict {
  readonly gate: string;
  readonly holds: boolean;
  /** What was measured; null for nothing. */
  readonly value: number | null;
  /** What was measured, in words. */
  readonly was: string;
  readonly sentence: string;
}

const operators = {
  '<': (value: number, bound: number) => value < bound,
  '<=': (value: number, bound: number) => value <= bound,
  '>': (value: number, bound: number) => value > bound,
  '>=': (value: number, bound: number) => value >= bound,
  '=': (value: number, bound: number) => value === bound,
} as const;
type Operator = keyof typeof operators;

/** What every run is held to, unless a gate of its own names the same measure. */
export const STANDING_GATES = ['joined>0', 'refused=0', 'lost=0', 'mismatches=0', 'faults=0', 'errors=0'];

export const GATE_HELP = `A gate is MEASURE.STAT, one of < <= > >= =, and a bound: 'rpc.p99<50ms' 'refused=0' 'patches.rate>1000' 'refused.share<1%'
  times:  ${durationNames.join(', ')}; with .min .mean .p50 .p99 .p99.9 (any percentile) .max, in ms, s or min
          or .samples, a number
  counts: ${countNames.join(', ')}
          as they are, or with .rate (a second, once all are in); bytes in B, kB, MB or GB
          ${countNames.filter((name) => wholeOf(name) !== undefined).join(', ')} also with .share, in %`;

const SHAPE = /^\s*([A-Za-z]+)(?:\.([a-z0-9.]+))?\s*(<=|>=|==|<|>|=)\s*(\d+(?:\.\d+)?)\s*([A-Za-z%]*)(?:\/s)?\s*$/;
const PERCENTILE = /^p(\d{1,2}(?:\.\d{1,3})?)$/;

/** Throws with what is wrong and what is allowed. */
export function readGate(text: string): Gate {
  const refuse = (why: string): never => {
    throw new Error(`gate '${text}': ${why}\n${GATE_HELP}`);
  };
  const [, measure = '', stat = '', sign = '', number = '', unit = ''] = SHAPE.exec(text) ?? refuse('is not a gate');
  const operator = (sign === '==' ? '=' : sign) as Operator;
  if (isDuration(measure)) {
    const named = ['min', 'mean', 'max', 'samples'].includes(stat) || PERCENTILE.test(stat);
    if (!named)
      refuse(stat === '' ? `which of ${measure}? Example: ${measure}.p99<50ms` : `there is no .${stat} of ${measure}`);
    if (stat === 'samples') {
      if (unit !== '') refuse('a number of samples has no unit');
      return { text, measure, stat, operator, bound: Number(number) };
    }
    const bound = unit === '' ? undefined : readMs(`${number}${unit}`);
    return { text, measure, stat, operator, bound: bound ?? refuse(`${measure} is in ms, s or min`) };
  }
  if (!isCount(measure)) return refuse(`nothing is measured by the name ${measure}`);
  if (!['', 'rate', 'share'].includes(stat)) refuse(`there is no .${stat} of ${measure}`);
  if (stat === 'share') {
    if (wholeOf(measure) === undefined) refuse(`there is nothing that ${measure} would be a share of`);
    if (unit !== '%') refuse('a share is in %');
    return { text, measure, stat, operator, bound: Number(number) / 100 };
  }
  const inBytes = 'bytes' in counts[measure];
  if (!inBytes && unit !== '') refuse(`${measure} is a number without a unit`);
  const bound = inBytes && unit !== '' ? readBytes(Number(number), unit) : Number(number);
  return { text, measure, stat, operator, bound: bound ?? refuse('bytes are in B, kB, MB or GB') };
}

/** A gate a line; what follows # is a comment. Throws as `readGate` does. */
export function readGateFile(content: string): Gate[] {
  const lines = content.split('\n').map((line) => line.replace(/#.*/, '').trim());
  return lines.filter((line) => line !== '').map(readGate);
}

/** The gates of a run: those that were given, and of the standing ones those about other measures. */
export function withStanding(given: readonly Gate[]): Gate[] {
  const named = new Set(given.map(({ measure }) => measure));
  return [...given, ...STANDING_GATES.map(readGate).filter(({ measure }) => !named.has(measure))];
}

export function judge({ text, measure, stat, operator, bound }: Gate, figures: Figures): Verdict {
  const value = measured(measure, stat, figures);
  const label = isDuration(measure) ? durations[measure].label : counts[measure].label;
  const nothing = Number.isNaN(value);
  const holds = !nothing && operators[operator](value, bound);
  const which = stat === '' ? label : `${label}, ${stat},`;
  const was = nothing ? `nothing was measured of ${label}` : `${which} was ${amountText(measure, stat, value)}`;
  const sentence = `${text} ${holds ? 'holds' : 'does not hold'}: ${was}`;
  return { gate: text, holds, value: nothing ? null : value, was, sentence };
}

function measured(measure: DurationName | CountName, stat: string, figures: Figures): number {
  if (isDuration(measure)) {
    const histogram = figures.duration(measure);
    if (stat === 'samples') return histogram.count;
    if (stat === 'min' || stat === 'mean' || stat === 'max') return histogram[stat];
    return histogram.percentile(Number(PERCENTILE.exec(stat)![1]) / 100);
  }
  if (stat === 'rate') return figures.rate(measure);
  if (stat === '') return figures.count(measure);
  const whole = wholeOf(measure)!;
  // Joins that were asked for, not those that succeeded.
  const all = measure === 'refused' ? figures.count(whole) + figures.count(measure) : figures.count(whole);
  return figures.count(measure) / all;
}

function amountText(measure: DurationName | CountName, stat: string, value: number): string {
  if (stat === 'share') return percentText(value);
  if (stat === 'samples') return countText(value);
  if (isDuration(measure)) return msText(value);
  const amount = 'bytes' in counts[measure] ? bytesText(value) : countText(value);
  return stat === 'rate' ? `${amount} a second` : amount;
}
