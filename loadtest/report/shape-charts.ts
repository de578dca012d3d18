/** Charts of whole histograms: how values are spread, and what the slowest see. */
import { boundsOf, Histogram } from '../measure/Histogram.ts';
import { countText, msText } from '../measure/quantities.ts';
import type { Spread } from './result.ts';
import { fitting, logarithmic } from './scale.ts';
import { endLabels, figure, footing, frame, hoverStripe, levels, line, n, plot, type Tone, x, y } from './svg.ts';

export interface Shape {
  readonly label: string;
  readonly tone: Tone;
  readonly spread: Spread;
}

/** 1 − 10⁻ⁿ: each step to the right is ten times as rare. */
const RARITY = [0, 1, 2, 3, 4, 5];
const RARITY_NAMES = ['0', '90 %', '99 %', '99.9 %', '99.99 %', '99.999 %'];
const POINTS_A_STEP = 8;

/** What is not exceeded by 90 %, 99 %, 99.9 % … of all: the right end is what the unlucky see. */
export function percentileChart(title: string, note: string, shapes: readonly Shape[]): string {
  const samples = Math.max(...shapes.map(({ spread }) => spread.samples));
  const widest = Math.max(1, Math.min(RARITY.length - 1, Math.log10(samples)));
  const curves = shapes.map(({ spread }) => {
    const histogram = histogramOf(spread);
    const reach = Math.min(widest, Math.log10(spread.samples));
    const count = Math.max(2, Math.ceil(reach * POINTS_A_STEP) + 1);
    return Array.from({ length: count }, (_, i) => {
      const rarity = (i / (count - 1)) * reach;
      return [rarity, histogram.percentile(1 - 10 ** -rarity)] as const;
    });
  });
  const { scale, isLog } = fitting(curves.flat().map(([, value]) => value));
  const points = curves.map((curve) => curve.map(([rarity, value]) => [rarity / widest, scale.at(value)] as const));
  return figure({
    title,
    note: isLog ? `${note} Logarithmic.` : note,
    spoken: shapes
      .map(({ label, spread }) => `${label}: half within ${msText(spread.p50)}, 99 % within ${msText(spread.p99)}`)
      .join('; '),
    body: [
      levels(scale.ticks.map((tick) => [scale.at(tick), msText(tick)])),
      footing(RARITY.filter((rarity) => rarity <= widest).map((rarity) => [rarity / widest, RARITY_NAMES[rarity]!])),
      ...shapes.map(({ tone }, i) => line(tone, points[i]!)),
      endLabels(
        shapes.map(({ tone, label }, i) => {
          const [end, at] = points[i]!.at(-1)!;
          return { tone, text: label, x: end, at };
        }),
      ),
      ...RARITY.slice(0, Math.ceil(widest)).map((rarity) => {
        const share = 1 - 10 ** -(rarity + 0.5);
        const said = shapes.map(({ label, spread }) => `${label}: ${msText(histogramOf(spread).percentile(share))}`);
        const to = Math.min(1, (rarity + 1) / widest);
        return hoverStripe(rarity / widest, to, [`${(share * 100).toPrecision(5)} % are within`, ...said].join('\n'));
      }),
    ].join(''),
  });
}

const BARS = 56;

/** How many took how long, on a logarithmic axis, without the outermost thousandths. */
export function histogramChart(title: string, note: string, tone: Tone, spread: Spread): string {
  const histogram = histogramOf(spread);
  const from = Math.max(0.05, histogram.percentile(0.001) * 0.9);
  const to = Math.max(from * 2, histogram.percentile(0.999) * 1.1);
  const scale = logarithmic([from, to]);
  const ends = [scale.ticks[0]!, scale.ticks.at(-1)!] as const;
  const bars = new Array<number>(BARS).fill(0);
  for (let i = 0; i < spread.buckets.length; i += 2) {
    const [low, high] = boundsOf(spread.buckets[i]!);
    const middle = (low + high) / 2;
    if (middle < from || middle > to) continue;
    const bar = Math.min(BARS - 1, Math.floor(scale.at(middle) * BARS));
    bars[bar] = bars[bar]! + spread.buckets[i + 1]!;
  }
  const most = Math.max(...bars, 1);
  const edge = (bar: number) => ends[0] * (ends[1] / ends[0]) ** (bar / BARS);
  const rects = bars.map((count, bar) => {
    if (count === 0) return '';
    const height = Math.max(1, (count / most) * plot.height);
    const share = ((count / spread.samples) * 100).toFixed(2);
    return `<rect class="bar ${tone}" x="${n(x(bar / BARS) + 0.5)}" y="${n(y(0) - height)}" width="${n(plot.width / BARS - 1)}" height="${n(height)}"><title>${msText(edge(bar))} to ${msText(edge(bar + 1))}: ${countText(count)}, ${share} %</title></rect>`;
  });
  // One written to the left and one to the right of its rule: they are often near each other.
  const quantiles = (
    [
      ['p50', 'end', -5],
      ['p99', 'start', 5],
    ] as const
  ).map(([name, anchor, aside]) => {
    const at = x(scale.at(spread[name]));
    const label = `${name} ${msText(spread[name])}`;
    return `<path class="rule" d="M${n(at)} ${frame.top}v${plot.height}"/><text class="quantile" x="${n(at + aside)}" y="${frame.top + 6}" text-anchor="${anchor}">${label}</text>`;
  });
  const tops = [0, 0.5, 1].map((share) => [share, `${((share * most * 100) / spread.samples).toFixed(1)} %`] as const);
  return figure({
    title,
    note,
    spoken: `Half within ${msText(spread.p50)}, 99 % within ${msText(spread.p99)}, at most ${msText(spread.max)}`,
    body: [
      levels(tops),
      footing(scale.ticks.map((tick) => [scale.at(tick), msText(tick)])),
      ...rects,
      ...quantiles,
    ].join(''),
  });
}

function histogramOf({ samples: count, mean, min, max, buckets }: Spread): Histogram {
  return Histogram.of({ count, sum: mean * count, min, max, buckets });
}
