/** A value at a time, milliseconds. */
export type Point = readonly [at: number, value: number];

export interface Trend {
  readonly name: string;
  readonly unit: string;
  /** Medians of the first and of the last quarter. */
  readonly begin: number;
  readonly end: number;
  readonly most: number;
  readonly perHour: number;
}

const HOUR_MS = 3_600_000;
/** Pairs of points grow with their square. */
const MOST_POINTS = 400;

/** Theil and Sen's: the median of the slopes of all pairs, which a few wild points do not move. */
export function slopePerHour(points: readonly Point[]): number {
  const every = Math.ceil(points.length / MOST_POINTS);
  const some = points.filter((_point, index) => index % every === 0);
  const slopes = some.flatMap(([at, value], i) =>
    some.slice(i + 1).flatMap(([later, other]) => (later > at ? [(other - value) / (later - at)] : [])),
  );
  return median(slopes) * HOUR_MS;
}

export function trendOf(name: string, unit: string, points: readonly Point[]): Trend {
  const values = points.map(([, value]) => value);
  const quarter = Math.max(1, Math.floor(values.length / 4));
  return {
    name,
    unit,
    begin: median(values.slice(0, quarter)),
    end: median(values.slice(-quarter)),
    most: Math.max(...values),
    perHour: slopePerHour(points),
  };
}

/** The least of each stretch: of a heap, what is left when the garbage is gone. */
export function floors(points: readonly Point[], stretches: number): Point[] {
  const size = Math.max(1, Math.ceil(points.length / stretches));
  const lowest: Point[] = [];
  for (let from = 0; from < points.length; from += size) {
    lowest.push(points.slice(from, from + size).reduce((least, point) => (point[1] < least[1] ? point : least)));
  }
  return lowest;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
