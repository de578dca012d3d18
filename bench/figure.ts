/** Single numbers that Gatehouse is held to, and a table of them. */
import { type Machine, machineLine } from './machine.ts';

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** Follows the number, such as ` ms`; may be empty. */
  readonly unit: string;
  readonly digits: number;
  /** Absent: shown, but nothing is promised. */
  readonly limit?: { readonly atMost: number } | { readonly atLeast: number } | { readonly below: number };
  /** What else the samples say, and under what load. */
  readonly detail: string;
  /** What disturbed the measurement; empty or absent when nothing did. */
  readonly remark?: string;
  /** What is no longer true when the limit is broken. */
  readonly promise?: string;
}

/** As a person reads them: Markdown. */
export function tableOf(machine: Machine, figures: readonly Figure[]): string {
  return [
    machineLine(machine),
    '',
    '| measure | value | limit | holds | samples |',
    '|---|--:|--:|---|---|',
    ...figures.map(row),
  ].join('\n');
}

/** The sentences that this run has shown to be wrong. */
export function brokenFigures(figures: readonly Figure[]): string[] {
  return figures
    .filter((figure) => !holds(figure))
    .map((figure) => {
      const { name, promise = name, value, remark = '' } = figure;
      const advice = remark === '' ? '' : ` But ${remark}: run it on a quiet machine before believing it.`;
      return `${promise}. It was ${amount(value, figure)}.${advice}`;
    });
}

/** A value that is no number holds no limit. */
function holds({ value, limit }: Figure): boolean {
  if (limit === undefined) return true;
  if ('atMost' in limit) return value <= limit.atMost;
  return 'below' in limit ? value < limit.below : value >= limit.atLeast;
}

function row(figure: Figure): string {
  const verdict = figure.limit === undefined ? '' : holds(figure) ? 'yes' : '**no**';
  const { name, value, detail, remark = '' } = figure;
  const samples = remark === '' ? detail : `${detail}; ${remark}`;
  return `| ${[name, `**${amount(value, figure)}**`, bound(figure), verdict, samples].join(' | ')} |`;
}

function amount(value: number, { digits, unit }: Figure): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${value.toLocaleString('en', options)}${unit}`;
}

function bound(figure: Figure): string {
  const { limit } = figure;
  if (limit === undefined) return '';
  if ('atMost' in limit) return `≤ ${amount(limit.atMost, figure)}`;
  return 'below' in limit ? `< ${amount(limit.below, figure)}` : `≥ ${amount(limit.atLeast, figure)}`;
}
