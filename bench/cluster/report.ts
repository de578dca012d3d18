/** Figures as a person reads them: Markdown. */
import { type Machine, machineLine } from '../machine.ts';
import { type Figure, holds } from './figure.ts';

export function clusterMarkdown(machine: Machine, figures: readonly Figure[]): string {
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
    .map(({ name, promise = name, value, unit, remark = '' }) => {
      const advice = remark === '' ? '' : ` But ${remark}: run it on a quiet machine before believing it.`;
      return `${promise}. It was ${amount(value, unit)}.${advice}`;
    });
}

function row(figure: Figure): string {
  const { name, value, unit, limit, detail, remark = '' } = figure;
  const samples = remark === '' ? detail : `${detail}; ${remark}`;
  const verdict = limit === undefined ? '' : holds(figure) ? 'yes' : '**no**';
  const bound = limit === undefined ? '' : `≤ ${amount(limit, unit)}`;
  return `| ${[name, `**${amount(value, unit)}**`, bound, verdict, samples].join(' | ')} |`;
}

function amount(value: number, unit: Figure['unit']): string {
  if (unit === '') return value.toLocaleString('en');
  if (unit === '×') return `×${value.toFixed(2)}`;
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}
