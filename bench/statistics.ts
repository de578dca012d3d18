/** What samples say. */

/** NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** The 95 % interval of a median by ranks: it asks nothing of how the values are spread. */
export function medianRange(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const reach = 0.98 * Math.sqrt(sorted.length);
  const first = Math.max(0, Math.floor(sorted.length / 2 - reach) - 1);
  const last = Math.min(sorted.length - 1, Math.ceil(sorted.length / 2 + reach));
  return [sorted[first] ?? Number.NaN, sorted[last] ?? Number.NaN];
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
