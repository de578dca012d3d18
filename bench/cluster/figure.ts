/** One number that a deployment is held to. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** `ms`, `×`, or empty for a count. */
  readonly unit: 'ms' | '×' | '';
  /** The value may be this at most. Absent: shown, but nothing is promised. */
  readonly limit?: number;
  /** What else the samples say, and under what load. */
  readonly detail: string;
  /** What disturbed the measurement; empty or absent when nothing did. */
  readonly remark?: string;
  /** What is no longer true when the limit is broken. */
  readonly promise?: string;
}

/** A value that is no number holds no limit. */
export function holds({ value, limit }: Figure): boolean {
  return limit === undefined || value <= limit;
}

/** The value that a share of the samples does not exceed; NaN of none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** The usual things to say of samples in milliseconds. */
export function spread(samples: readonly number[]): string {
  const at = (share: number) => quantile(samples, share).toFixed(2);
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, highest ${at(1)} ms of ${samples.length.toLocaleString('en')}`;
}
