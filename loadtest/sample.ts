/** What one player measured. */
export interface Sample {
  joinMs: number;
  rpcMs: number[];
  patchGapsMs: number[];
  drops: number;
}

/** The value that `share` of the sorted values are not above; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
