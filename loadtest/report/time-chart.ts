import { clockText } from '../measure/quantities.ts';
import type { StepResult } from './result.ts';
import { fitting, linear, timeTicks } from './scale.ts';
import { area, endLabels, figure, footing, frame, hoverStripe, levels, line, n, plot, type Tone, x, y } from './svg.ts';

export interface Series {
  readonly label: string;
  readonly tone: Tone;
  readonly filled?: true;
  /** Undefined where there is nothing to show. */
  readonly of: (step: StepResult) => number | undefined;
}

export interface TimeChartParts {
  readonly title: string;
  readonly note: string;
  readonly steps: readonly StepResult[];
  readonly stepMs: number;
  readonly rampMs: number;
  readonly series: readonly Series[];
  readonly text: (value: number) => string;
  /** Highest values may make it logarithmic. */
  readonly mayBeLog?: true;
}

/** Lines over the time of the run. The ramp lies under a shade. */
export function timeChart({ title, note, steps, stepMs, rampMs, series, text, mayBeLog }: TimeChartParts): string {
  const totalMs = steps.length * stepMs;
  const values = series.map(({ of }) => steps.map(of));
  const known = values.flat().filter((value) => value !== undefined);
  const { scale, isLog } = mayBeLog ? fitting(known) : { scale: linear(known), isLog: false };
  const middle = (index: number) => (index + 0.5) / steps.length;
  const points = (index: number) =>
    values[index]!.map((value, i) => (value === undefined ? undefined : ([middle(i), scale.at(value)] as const)));
  const ramp = Math.min(1, rampMs / totalMs);
  const shade =
    ramp > 0.01
      ? `<rect class="ramp" x="${frame.left}" y="${frame.top}" width="${n(ramp * plot.width)}" height="${plot.height}"/>${ramp > 0.09 ? `<text class="tick" x="${frame.left + 6}" y="${frame.top + 13}">ramp</text>` : ''}`
      : '';
  const drawn = series.map(({ tone, filled }, i) => {
    const whole = points(i).filter((point) => point !== undefined);
    return `${filled ? area(tone, whole) : ''}${line(tone, points(i))}`;
  });
  const ends = series.flatMap(({ tone, label }, i) => {
    const last = points(i).findLast((point) => point !== undefined);
    return last === undefined ? [] : [{ tone, text: label, x: last[0], at: last[1] }];
  });
  const stripes = steps.map((step, i) => {
    const said = series.flatMap(({ label }, s) => {
      const value = values[s]![i];
      return value === undefined ? [] : [`${label}: ${text(value)}`];
    });
    return hoverStripe(i / steps.length, (i + 1) / steps.length, [clockText(step.at), ...said].join('\n'));
  });
  const empty =
    known.length === 0
      ? `<text class="tick" x="${n(x(0.5))}" y="${n(y(0.5))}" text-anchor="middle">nothing was measured</text>`
      : '';
  return figure({
    title,
    note: isLog ? `${note} Logarithmic.` : note,
    spoken: series
      .map(({ label }, i) => {
        const of = values[i]!.filter((value) => value !== undefined);
        return of.length === 0 ? `${label}: nothing` : `${label}: ${text(Math.min(...of))} to ${text(Math.max(...of))}`;
      })
      .join('; '),
    body: [
      shade,
      levels(scale.ticks.map((tick) => [scale.at(tick), text(tick)])),
      footing(timeTicks(totalMs).map((ms) => [ms / totalMs, clockText(ms)])),
      ...drawn,
      endLabels(ends),
      empty,
      ...stripes,
    ].join(''),
  });
}
