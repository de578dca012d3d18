/** One thing that happened in the kit. Tokens and URLs (which carry tokens) are never part of it. */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** A stable, dotted name, for example `connection.lost` or `rpc.invalid`. */
  readonly event: string;
  readonly [detail: string]: unknown;
}

export type Log = (entry: LogEntry) => void;

/** A log that cannot hurt: none becomes silence, and what a log throws is dropped rather than let into the kit. */
export function harmlessLog(log: Log | undefined): Log {
  if (log === undefined) return () => {};
  return (entry) => {
    try {
      log(entry);
    } catch {
      // There is nowhere left to report it.
    }
  };
}
