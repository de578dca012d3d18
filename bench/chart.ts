/** The table as a picture: one panel a workload, of its first measure. An SVG that needs nothing from elsewhere. */
import { linear } from '../loadtest/report/scale.ts';
import { MARKS, PALETTE } from '../loadtest/report/style.ts';
import { escaped, footing, frame, levels, n, plot, type Tone, x, y } from '../loadtest/report/svg.ts';
import { amount, type WorkloadResult } from './report.ts';
import { median, medianRange } from './statistics.ts';
import type { Measure } from './workloads.ts';

const TONES: readonly Tone[] = ['b', 'a', 'c', 'd'];
const COLUMNS = 2;
const [MARGIN, TOP, HEAD, GAP, FOOT] = [24, 52, 50, 22, 56];
const WIDTH = MARGIN + COLUMNS * frame.width;
/** Of the room that each has. */
const BAR_SHARE = 0.5;

const STYLE = `
${PALETTE}
${MARKS}
svg .title { font-size: 19px; font-weight: 650; fill: var(--ink); } svg .head { font-size: 15px; font-weight: 650; fill: var(--ink); }
.paper { fill: var(--card); } .range { stroke: var(--ink); fill: none; } svg .value { font-size: 14px; font-weight: 650; fill: var(--ink); }
`.trim();

export function chartOf(machine: string, results: readonly WorkloadResult[]): string {
  const panelHeight = HEAD + frame.height + GAP;
  const height = TOP + Math.ceil(results.length / COLUMNS) * panelHeight - GAP + FOOT;
  const panels = results.map((result, i) => {
    const at = [MARGIN + (i % COLUMNS) * frame.width, TOP + Math.floor(i / COLUMNS) * panelHeight];
    return `<g transform="translate(${at.join(' ')})">${panel(result)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="spoken">
<title id="spoken">${escaped(results.map(spoken).join(' '))}</title>
<style>${STYLE}</style>
<rect class="paper" width="${WIDTH}" height="${height}"/>
<text class="title" x="${MARGIN}" y="34">What the same costs on each server</text>
${panels.join('\n')}
<text x="${MARGIN}" y="${height - 34}">${escaped(machine)}</text>
<text x="${MARGIN}" y="${height - 16}">Medians. The line on a bar: where another run of as many pairs would find it, 19 times of 20.</text>
</svg>
`;
}

interface Bar {
  readonly name: string;
  readonly tone: Tone;
  readonly value: number;
  readonly range: readonly [number, number];
}

/** The base as it was beside the first of the others. */
function barsOf({ base, rivals }: WorkloadResult, measure: Measure): Bar[] {
  const sides = [
    { name: base, readings: rivals[0].pairs.map((pair) => pair.base) },
    ...rivals.map(({ name, pairs }) => ({ name, readings: pairs.map(({ platform }) => platform) })),
  ];
  return sides.map(({ name, readings }, place) => {
    const values = readings.map((reading) => measure.of(reading));
    return { name, tone: TONES[place]!, value: median(values), range: medianRange(values) };
  });
}

function panel(result: WorkloadResult): string {
  const { workload } = result;
  const measure = workload.measures[0]!;
  const bars = barsOf(result, measure);
  const scale = linear(bars.flatMap(({ value, range }) => [value, ...range]));
  const middle = (place: number) => (place + 0.5) / bars.length;
  const half = (BAR_SHARE * plot.width) / bars.length / 2;
  const drawn = bars.map(({ tone, value, range: [low, high] }, place) => {
    const [left, top] = [x(middle(place)) - half, y(scale.at(value))];
    const [from, to] = [y(scale.at(low)), y(scale.at(high))];
    const line = `M${n(x(middle(place)))} ${n(from)}V${n(to)}m-5 0h10M${n(x(middle(place)) - 5)} ${n(from)}h10`;
    return `<rect class="bar ${tone}" x="${n(left)}" y="${n(top)}" width="${n(2 * half)}" height="${n(y(0) - top)}"/><path class="range" d="${line}"/><text class="value" x="${n(x(middle(place)))}" y="${n(to - 7)}" text-anchor="middle">${escaped(amount(value, measure))}</text>`;
  });
  return [
    `<text class="head" x="0" y="16">${escaped(`${capital(measure.name)}: ${isCost(measure) ? 'lower' : 'higher'} is better`)}</text>`,
    `<text x="0" y="35">${escaped(workload.what)}</text>`,
    `<g transform="translate(0 ${HEAD})">`,
    levels(scale.ticks.map((tick) => [scale.at(tick), amount(tick, measure)])),
    footing(bars.map(({ name }, place) => [middle(place), name])),
    ...drawn,
    '</g>',
  ].join('');
}

function spoken(result: WorkloadResult): string {
  const measure = result.workload.measures[0]!;
  const values = barsOf(result, measure).map(({ name, value }) => `${name} ${amount(value, measure)}`);
  return `${capital(measure.name)}, ${result.workload.what}: ${values.join(', ')}.`;
}

function isCost({ unit }: Measure): boolean {
  return unit !== '1/s';
}

function capital(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}
