/** What a server says of itself. Bytes, unless said otherwise. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  /** Timers, sockets and the like that Node waits for. */
  readonly handles: number;
  /** File descriptors; NaN where the system does not tell. */
  readonly files: number;
  readonly cpuMicros: number;
  /** Of the event loop, p99 of a second, milliseconds. */
  readonly loopDelayMs: number;
}

export interface ProbeMessage {
  readonly soak: Sample;
}

export function isProbeMessage(value: unknown): value is ProbeMessage {
  return typeof value === 'object' && value !== null && 'soak' in value;
}
