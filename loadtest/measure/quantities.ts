/** Numbers with units, as people write them on a command line and read them in a report. */

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };

/** `60s`, `1.5m`, `250ms`, `1h`; a number alone is seconds. Undefined for anything else. */
export function readMs(text: string): number | undefined {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)?$/.exec(text.trim()) ?? [];
  return number === undefined ? undefined : Number(number) * MS[unit]!;
}

/** `50/s`, or `50`. Undefined for anything else. */
export function readPerSecond(text: string): number | undefined {
  const [, number] = /^(\d+(?:\.\d+)?)\s*(?:\/\s*s)?$/.exec(text.trim()) ?? [];
  return number === undefined ? undefined : Number(number);
}

const BYTES: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

export function readBytes(number: number, unit: string): number | undefined {
  const factor = BYTES[unit];
  return factor === undefined ? undefined : number * factor;
}

export function msText(ms: number): string {
  if (Number.isNaN(ms)) return '–';
  if (ms >= 60_000) return `${(ms / 60_000).toFixed(1)} min`;
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2)} s`;
  return `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
}

export function countText(value: number): string {
  return Math.round(value).toLocaleString('en');
}

export function bytesText(bytes: number): string {
  for (const [unit, size] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    if (bytes >= size) return `${(bytes / size).toFixed(bytes < 10 * size ? 2 : 1)} ${unit}`;
  }
  return `${Math.round(bytes)} B`;
}

export function percentText(share: number): string {
  if (Number.isNaN(share)) return '–';
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 2 : 1)} %`;
}

/** `1:05` or `1:02:03`. */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** `45 seconds`, `10 minutes`, `1.5 hours`. */
export function lengthText(ms: number): string {
  const [amount, unit] =
    ms < 120_000 ? [ms / 1_000, 'seconds'] : ms < 7_200_000 ? [ms / 60_000, 'minutes'] : [ms / 3_600_000, 'hours'];
  return `${Math.round(amount * 10) / 10} ${unit}`;
}
