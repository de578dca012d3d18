import { type CountName, durations } from '../measure/measures.ts';
import { bytesText, countText, msText } from '../measure/quantities.ts';
import type { Result, StepResult } from './result.ts';
import { histogramChart, percentileChart } from './shape-charts.ts';
import { type Series, timeChart } from './time-chart.ts';

type Percentile = 'p50' | 'p95' | 'p99' | 'max';
type Timed = keyof typeof durations;

/** From this share of it on a step is as good as whole. */
const WHOLE = 0.7;

/** The charts over time. */
export function timeCharts({ steps, stepMs, asked, counts, durations: spreads }: Result): string[] {
  const base = { steps: withoutRest(steps, stepMs), stepMs, rampMs: asked.rampMs };
  const perSecond = (name: CountName) => (step: StepResult) => ((step.counts[name] ?? 0) * 1_000) / step.seenMs;
  const spread = (name: Timed, text: Partial<Record<Percentile, string>>): Series[] =>
    (Object.keys(text) as Percentile[]).map((at, i) => ({
      label: text[at]!,
      tone: (['a', 'b', 'c'] as const)[i]!,
      of: (step) => step.durations[name]?.[at],
    }));
  const usual = { p50: 'p50', p95: 'p95', p99: 'p99' };
  return [
    timeChart({
      ...base,
      title: 'Players',
      note: 'Who is in, and who is in but has lost the socket.',
      text: countText,
      series: [
        { label: 'in', tone: 'a', filled: true, of: ({ present }) => present },
        { label: 'away', tone: 'b', of: ({ away }) => away },
      ],
    }),
    timeChart({
      ...base,
      title: 'Joins',
      note: 'From when the ramp meant a player to join to the first state.',
      text: msText,
      mayBeLog: true,
      series: spread('join', { p50: 'p50', p95: 'p95', max: 'slowest' }),
    }),
    timeChart({
      ...base,
      title: 'RPC round trip',
      note: 'From when each call was meant to be sent to its answer.',
      text: msText,
      mayBeLog: true,
      series: spread('rpc', usual),
    }),
    timeChart({
      ...base,
      title: 'Between two patches',
      note: 'What a player sees as smooth or not. One that is late counts for each that should have come meanwhile.',
      text: msText,
      mayBeLog: true,
      series: spread('patch', usual),
    }),
    timeChart({
      ...base,
      title: 'Jitter of patches',
      note: 'How much one pause between patches differs from the one before.',
      text: msText,
      mayBeLog: true,
      series: spread('jitter', usual),
    }),
    timeChart({
      ...base,
      title: 'Traffic',
      note: 'Payloads of all players together, a second; without headers of WebSocket and TCP.',
      text: (value) => `${bytesText(value)}/s`,
      series: [
        { label: 'to players', tone: 'a', filled: true, of: perSecond('bytesIn') },
        { label: 'from them', tone: 'b', of: perSecond('bytesOut') },
      ],
    }),
    timeChart({
      ...base,
      title: 'What players send',
      note: 'Inputs, and calls that were meant to be made, a second.',
      text: countText,
      series: [
        { label: 'inputs', tone: 'a', of: perSecond('inputs') },
        { label: 'calls', tone: 'b', of: perSecond('calls') },
      ],
    }),
    ...(counts.drops + counts.lost === 0
      ? []
      : [
          timeChart({
            ...base,
            title: 'Drops and returns',
            note: 'Sockets that were lost, and returns into the same session, a second.',
            text: countText,
            series: [
              { label: 'drops', tone: 'b', of: perSecond('drops') },
              { label: 'returns', tone: 'a', of: perSecond('recoveries') },
              { label: 'lost', tone: 'd', of: perSecond('lost') },
            ],
          }),
        ]),
    ...(['recovery', 'delivery'] as const).flatMap((name) => {
      const { label, what } = durations[name];
      if (spreads[name] === undefined) return [];
      const series = spread(name, { p50: 'p50', p95: 'p95', max: 'slowest' });
      return [
        timeChart({ ...base, title: capital(label), note: `${capital(what)}.`, text: msText, mayBeLog: true, series }),
      ];
    }),
    timeChart({
      ...base,
      title: 'The load tool itself',
      note: 'Of the core of its busiest process. Near 100 % its own delays are in all other charts.',
      text: (value) => `${Math.round(value * 100)} %`,
      series: [{ label: 'busy', tone: 'c', filled: true, of: ({ busy }) => busy }],
    }),
  ];
}

/** What comes after the last whole step is the end of the run: hardly anything is sent in it any more. */
function withoutRest(steps: readonly StepResult[], stepMs: number): readonly StepResult[] {
  const isRest = steps.length > 1 && steps.at(-1)!.seenMs < WHOLE * stepMs;
  return isRest ? steps.slice(0, -1) : steps;
}

/** The charts of the whole. */
export function shapeCharts({ durations: spreads }: Result): string[] {
  const shapes = [
    { name: 'rpc', label: 'as meant', tone: 'a' },
    { name: 'service', label: 'once sent', tone: 'b' },
  ] as const;
  const calls = shapes.flatMap(({ name, label, tone }) => {
    const spread = spreads[name];
    return spread === undefined ? [] : [{ label, tone, spread }];
  });
  const stream = (
    [
      ['patch', 'pause', 'a'],
      ['jitter', 'jitter', 'c'],
    ] as const
  ).flatMap(([name, label, tone]) => {
    const spread = spreads[name];
    return spread === undefined ? [] : [{ label, tone, spread }];
  });
  return [
    calls.length === 0
      ? ''
      : percentileChart(
          'RPC, by how rare it is',
          'Where the two lines part, calls were late before they were sent: a tool that times only what it sent would not see it.',
          calls,
        ),
    stream.length === 0
      ? ''
      : percentileChart(
          'Patches, by how rare it is',
          'The pauses that one patch of ten, a hundred, a thousand has.',
          stream,
        ),
    ...(['join', 'rpc', 'patch', 'recovery', 'delivery'] as const).map((name) => {
      const spread = spreads[name];
      if (spread === undefined || spread.samples < 2) return '';
      const { label } = durations[name];
      const title = `${capital(label)}, how many took how long`;
      return histogramChart(title, `${countText(spread.samples)} values, on a logarithmic axis.`, 'a', spread);
    }),
  ].filter((chart) => chart !== '');
}

function capital(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}
