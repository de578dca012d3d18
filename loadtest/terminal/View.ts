import { boundsOf } from '../measure/Histogram.ts';
import { type DurationName, durationNames, durations } from '../measure/measures.ts';
import { bytesText, clockText, countText, msText } from '../measure/quantities.ts';
import type { LoadOptions } from '../options.ts';
import type { Progress } from '../run/run.ts';
import { columns, onLogScale, progressBar } from './bars.ts';

export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Times a second that a terminal is drawn anew. */
const DRAW_MS = 250;
/** Between two lines where there is no terminal. */
const LINE_MS = 5_000;
const BAR = 30;
const SHAPE = 24;
const PROBLEMS = 4;

const ESC = '\x1b';
const style = (code: number) => (text: string) => `${ESC}[${code}m${text}${ESC}[0m`;
/** A code of colour, or a character. */
const PARTS = new RegExp(`${ESC}\\[\\d+m|.`, 'gu');
const bold = style(1);
const faint = style(2);
const cyan = style(36);
const yellow = style(33);
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';

/** Shows a run while it goes on: a picture on a terminal, else a line now and then. */
export class View {
  readonly #screen: Screen;
  readonly #options: LoadOptions;
  readonly #draws: boolean;
  #lines = 0;
  #nextAt = 0;

  constructor(screen: Screen, options: LoadOptions) {
    this.#screen = screen;
    this.#options = options;
    this.#draws = screen.isTTY === true && !options.plain;
    if (this.#draws) screen.write(HIDE_CURSOR);
  }

  show(progress: Progress): void {
    if (progress.elapsedMs < this.#nextAt) return;
    this.#nextAt = progress.elapsedMs + (this.#draws ? DRAW_MS : LINE_MS);
    if (!this.#draws) {
      this.#screen.write(`${lineOf(progress, this.#options)}\n`);
      return;
    }
    const { columns: width = 80, rows = 40 } = this.#screen;
    const lines = pictureOf(progress, this.#options).slice(0, rows - 1);
    const up = this.#lines === 0 ? '' : `\x1b[${this.#lines}A`;
    // Each line to its end, and what stood below: the picture may have become smaller.
    this.#screen.write(`${up}${lines.map((line) => `${clipped(line, width)}\x1b[K\n`).join('')}\x1b[J`);
    this.#lines = lines.length;
  }

  /** Leaves the terminal as it was. */
  close(): void {
    if (this.#draws) this.#screen.write(SHOW_CURSOR);
  }
}

/** Everything of one moment in a line. */
export function lineOf({ recording, elapsedMs, totalMs }: Progress, { clients }: LoadOptions): string {
  const rpc = recording.duration('rpc');
  const patch = recording.duration('patch');
  const parts = [
    `${clockText(elapsedMs)} of ${clockText(totalMs)}`,
    `${countText(recording.present)} of ${countText(clients)} in`,
    `joins refused ${countText(recording.count('refused'))}`,
    ...(rpc.count > 0 ? [`rpc p50 ${msText(rpc.percentile(0.5))} p99 ${msText(rpc.percentile(0.99))}`] : []),
    ...(patch.count > 0 ? [`patches p50 ${msText(patch.percentile(0.5))} p99 ${msText(patch.percentile(0.99))}`] : []),
    `drops ${countText(recording.count('drops'))}`,
    `lost ${countText(recording.count('lost'))}`,
  ];
  return parts.join(' · ');
}

/** The lines of a terminal, coloured. */
export function pictureOf(progress: Progress, options: LoadOptions): string[] {
  const { recording, cast, elapsedMs, totalMs, rampMs, workers } = progress;
  const { clients, client, url, scenario, network } = options;
  const phase = elapsedMs < rampMs ? 'players come in' : 'all are in';
  const rooms = cast.rooms === undefined ? cast.room : `${cast.rooms} × ${cast.room}`;
  const who = `${countText(clients)} ${client} players · ${rooms} · ${workers} ${workers === 1 ? 'process' : 'processes'}`;
  const recent = recording.steps.slice(-10);
  const rate = (name: 'patches' | 'bytesIn' | 'inputs' | 'calls') => {
    const whole = recent.slice(0, -1);
    const sum = whole.reduce((total, { counts }) => total + (counts.get(name) ?? 0), 0);
    return whole.length === 0 ? 0 : (sum * 1_000) / (whole.length * recording.stepMs);
  };
  const count = (name: Parameters<typeof recording.count>[0]) => recording.count(name);
  const alarm = (label: string, value: number) => `${label} ${value > 0 ? yellow(countText(value)) : '0'}`;
  return [
    '',
    ` ${bold(`Gatehouse loadtest · ${scenario}`)}  ${faint(cast.summary)}`,
    ` ${faint(`${url} · ${who}${network === undefined ? '' : ` · ${network}`}`)}`,
    '',
    ` ${cyan(progressBar(elapsedMs / totalMs, BAR))}  ${clockText(elapsedMs)} of ${clockText(totalMs)}  ${faint(phase)}`,
    '',
    ` in ${bold(countText(recording.present))} of ${countText(clients)}   ${alarm('away', recording.away)}   ${alarm('joins refused', count('refused'))}   ${alarm('drops', count('drops'))}   back ${countText(count('recoveries'))}   ${alarm('lost', count('lost'))}`,
    ` ${countText(rate('patches'))} patches/s   ${bytesText(rate('bytesIn'))}/s in   ${countText(rate('inputs'))} inputs/s   ${countText(rate('calls'))} calls/s   ${alarm('failed', count('callsFailed'))}`,
    ` states compared ${countText(count('checks'))}   ${alarm('mismatches', count('mismatches'))}   ${alarm('faults', count('faults'))}   ${alarm('scenario errors', count('errors'))}   tool ${Math.round((recent.at(-2)?.busy ?? 0) * 100)} % busy`,
    '',
    faint(
      ` ${'milliseconds'.padEnd(24)}${['p50', 'p95', 'p99', 'max'].map((name) => name.padStart(9)).join('')}   shape, p0.1 to p99.9`,
    ),
    ...durationNames.map((name) => rowOf(name, progress)).filter((row) => row !== undefined),
    '',
    ...[...recording.problems]
      .sort(([, a], [, b]) => b - a)
      .slice(0, PROBLEMS)
      .map(([sentence, times]) => ` ${yellow('!')} ${sentence}${times > 1 ? faint(` × ${countText(times)}`) : ''}`),
    faint(' Ctrl-C ends it, and reports what there is'),
  ];
}

function rowOf(name: DurationName, { recording }: Progress): string | undefined {
  const histogram = recording.duration(name);
  if (histogram.count === 0) return undefined;
  const { buckets } = histogram.toData();
  const pairs = Array.from({ length: buckets.length / 2 }, (_, i) => {
    return [boundsOf(buckets[2 * i]!)[1], buckets[2 * i + 1]!] as const;
  });
  const cells = [0.5, 0.95, 0.99, 1].map((share) => number(histogram.percentile(share)).padStart(9));
  const { label } = durations[name];
  return ` ${label.padEnd(24)}${cells.join('')}   ${cyan(columns(onLogScale(pairs, SHAPE)))}`;
}

function number(ms: number): string {
  return ms < 100 ? ms.toFixed(1) : countText(ms);
}

/** Codes that colour take no room. */
function clipped(line: string, width: number): string {
  let room = width;
  return line.replace(PARTS, (part) => {
    if (part.startsWith(ESC)) return part;
    room -= 1;
    return room >= 0 ? part : '';
  });
}
