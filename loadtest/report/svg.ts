/** What all charts are made of. Plain text: a report has no scripts. */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Sentences of servers and scenarios stand in reports: they must stay text. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ESCAPES[char]!);
}

/** Told apart by colour, by dashes, and by the label at the end. */
export type Tone = 'a' | 'b' | 'c' | 'd';

export const frame = { width: 640, height: 250, left: 64, right: 84, top: 14, bottom: 30 } as const;
export const plot = {
  width: frame.width - frame.left - frame.right,
  height: frame.height - frame.top - frame.bottom,
} as const;

export const x = (share: number) => frame.left + share * plot.width;
export const y = (share: number) => frame.top + (1 - share) * plot.height;
export const n = (value: number) => (Math.round(value * 10) / 10).toString();

export interface FigureParts {
  readonly title: string;
  /** What is to be seen, in a sentence. */
  readonly note: string;
  /** Says what the picture says, for who does not see it. */
  readonly spoken: string;
  readonly body: string;
}

export function figure({ title, note, spoken, body }: FigureParts): string {
  return `<figure><figcaption><h3>${escaped(title)}</h3><p>${escaped(note)}</p></figcaption>
<svg viewBox="0 0 ${frame.width} ${frame.height}" role="img" aria-label="${escaped(`${title}. ${spoken}`)}">${body}</svg></figure>`;
}

/** `6.00 ms` as `6 ms`: values of an axis are round. What does not begin with a number is a name, and stays. */
function short(text: string): string {
  return text.replace(/^([\d,]+\.\d*?)0+(?=\D|$)/, '$1').replace(/^([\d,]+)\.(?=\D|$)/, '$1');
}

/** Lines across, with their values at the left. */
export function levels(ticks: ReadonlyArray<readonly [share: number, label: string]>): string {
  return ticks
    .map(
      ([share, label]) =>
        `<path class="grid" d="M${frame.left} ${n(y(share))}h${plot.width}"/><text class="tick" x="${frame.left - 8}" y="${n(y(share) + 4)}" text-anchor="end">${escaped(short(label))}</text>`,
    )
    .join('');
}

/** Values under the plot. */
export function footing(ticks: ReadonlyArray<readonly [share: number, label: string]>): string {
  return ticks
    .map(
      ([share, label]) =>
        `<path class="mark" d="M${n(x(share))} ${y(0)}v4"/><text class="tick" x="${n(x(share))}" y="${frame.height - 10}" text-anchor="middle">${escaped(short(label))}</text>`,
    )
    .join('');
}

/** A line through the points; where one is missing it is broken. */
export function line(tone: Tone, points: ReadonlyArray<readonly [x: number, y: number] | undefined>): string {
  let path = '';
  let pen = false;
  for (const point of points) {
    if (point !== undefined) path += `${pen ? 'L' : 'M'}${n(x(point[0]))} ${n(y(point[1]))}`;
    pen = point !== undefined;
  }
  // A point alone would not be seen.
  return `<path class="line ${tone}" d="${path.replace(/M([\d.]+) ([\d.]+)(?=M|$)/g, 'M$1 $2h.1')}"/>`;
}

export function area(tone: Tone, points: ReadonlyArray<readonly [x: number, y: number]>): string {
  if (points.length === 0) return '';
  const top = points.map(([px, py]) => `L${n(x(px))} ${n(y(py))}`).join('');
  return `<path class="area ${tone}" d="M${n(x(points[0]![0]))} ${y(0)}${top}L${n(x(points.at(-1)![0]))} ${y(0)}Z"/>`;
}

export interface EndLabel {
  readonly tone: Tone;
  readonly text: string;
  /** Where the line ends. */
  readonly x: number;
  readonly at: number;
}

/** Names of lines at their ends, moved apart where they would cover each other. */
export function endLabels(labels: readonly EndLabel[]): string {
  const gap = 15 / plot.height;
  const placed = [...labels].sort((a, b) => a.at - b.at).map((label) => ({ ...label }));
  for (let i = 1; i < placed.length; i++) placed[i]!.at = Math.max(placed[i]!.at, placed[i - 1]!.at + gap);
  const over = (placed.at(-1)?.at ?? 0) - 1;
  if (over > 0) for (const label of placed) label.at -= over;
  return placed
    .map(
      ({ tone, text, x: end, at }) =>
        `<text class="name ${tone}" x="${n(x(end) + 8)}" y="${n(y(at) + 4)}">${escaped(text)}</text>`,
    )
    .join('');
}

/** A stripe that says what is under it when it is pointed at. */
export function hoverStripe(from: number, to: number, text: string): string {
  return `<rect class="hover" x="${n(x(from))}" y="${frame.top}" width="${n(Math.max(1, (to - from) * plot.width))}" height="${plot.height}"><title>${escaped(text)}</title></rect>`;
}
