/** Figures as a person reads them: Markdown. */
import { type Machine, machineLine } from '../machine.ts';
import { amount, type Figure, holds } from './Figure.ts';

export function deliveryMarkdown(machine: Machine, figures: readonly Figure[]): string {
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

function row(figure: Figure): string {
  const verdict = figure.limit === undefined ? '' : holds(figure) ? 'yes' : '**no**';
  const { name, value, detail, remark = '' } = figure;
  const samples = remark === '' ? detail : `${detail}; ${remark}`;
  return `| ${[name, `**${amount(value, figure)}**`, bound(figure), verdict, samples].join(' | ')} |`;
}

function bound(figure: Figure): string {
  const { limit } = figure;
  if (limit === undefined) return '';
  if ('atMost' in limit) return `≤ ${amount(limit.atMost, figure)}`;
  return 'below' in limit ? `< ${amount(limit.below, figure)}` : `≥ ${amount(limit.atLeast, figure)}`;
}
