/** One number that the delivery is held to. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** Follows the number, such as ` ms`; may be empty. */
  readonly unit: string;
  readonly digits: number;
  /** Absent: shown, but nothing is promised. */
  readonly limit?: { readonly atMost: number } | { readonly atLeast: number } | { readonly below: number };
  /** What else the samples say, and under what load. */
  readonly detail: string;
  /** What disturbed the measurement; empty or absent when nothing did. */
  readonly remark?: string;
  /** What is no longer true when the limit is broken. */
  readonly promise?: string;
}

/** A value that is no number holds no limit. */
export function holds({ value, limit }: Figure): boolean {
  if (limit === undefined) return true;
  if ('atMost' in limit) return value <= limit.atMost;
  return 'below' in limit ? value < limit.below : value >= limit.atLeast;
}

export function amount(value: number, { digits, unit }: Figure): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${value.toLocaleString('en', options)}${unit}`;
}
