/** How a line is. Both ways alike but for the rates; each connection has a line of its own, as each player has. */
export interface Conditions {
  /** One way, milliseconds. */
  readonly latencyMs: number;
  /** Up to so many milliseconds more, drawn for each segment. What overtakes waits, as in TCP. */
  readonly jitterMs: number;
  /** Share of segments that are lost, 0 to 1. TCP sends them again, so what is seen is a stall (`Line.ts`). */
  readonly loss: number;
  /** From the client, bytes a second; Infinity for no bound. */
  readonly upBytesPerSecond: number;
  /** To the client, bytes a second; Infinity for no bound. */
  readonly downBytesPerSecond: number;
  /** What may wait in the link, each way. When it is full the source is not read. */
  readonly queueBytes: number;
}

const KIB = 1_024;
/** Bytes a second. */
const mbit = (megabits: number) => (megabits * 1_000_000) / 8;

/**
 * Rates and latencies are of published presets: [wpt] WebPageTest's
 * `connectivity.ini`, [lh] Lighthouse's `docs/throttling.md`, [loadero]
 * Loadero's list of network conditions, which has jitter and loss as well. They
 * give round trips or one way; here it is one way. Queues are ours: 0.1 to 2
 * seconds of the slower rate, between a good router and a bad one.
 */
export const profiles = {
  /** Adds nothing. */
  perfect: {
    latencyMs: 0,
    jitterMs: 0,
    loss: 0,
    upBytesPerSecond: Number.POSITIVE_INFINITY,
    downBytesPerSecond: Number.POSITIVE_INFINITY,
    queueBytes: 256 * KIB,
  },
  /** At home: [wpt] Cable's round trip of 28 ms, FIOS's 20 and 5 Mbit/s; 5 ms of jitter for the air is ours. */
  wifi: {
    latencyMs: 14,
    jitterMs: 5,
    loss: 0,
    upBytesPerSecond: mbit(5),
    downBytesPerSecond: mbit(20),
    queueBytes: 256 * KIB,
  },
  /** A phone outdoors: [loadero] 4G's 45 ms, 15 ms and 0.2 %; [wpt] FIOS's rates, as 4G's best bound nothing. */
  '4g': {
    latencyMs: 45,
    jitterMs: 15,
    loss: 0.002,
    upBytesPerSecond: mbit(5),
    downBytesPerSecond: mbit(20),
    queueBytes: 256 * KIB,
  },
  /** A full train: [lh] slow 4G's round trip of 150 ms, 1.6 and 0.75 Mbit/s; [loadero] 5 % loss, 50 ms of 3G's jitter. */
  lossy: {
    latencyMs: 75,
    jitterMs: 50,
    loss: 0.05,
    upBytesPerSecond: mbit(0.75),
    downBytesPerSecond: mbit(1.6),
    queueBytes: 128 * KIB,
  },
  /** The edge of the net: [wpt] Edge's round trip of 840 ms, 240 and 200 kbit/s; [loadero] Edge's 100 ms and 1 %. */
  bad: {
    latencyMs: 420,
    jitterMs: 100,
    loss: 0.01,
    upBytesPerSecond: mbit(0.2),
    downBytesPerSecond: mbit(0.24),
    queueBytes: 64 * KIB,
  },
} as const satisfies Record<string, Conditions>;

export type ProfileName = keyof typeof profiles;

export function isProfile(name: string): name is ProfileName {
  return Object.hasOwn(profiles, name);
}

/** Conditions by name, or by what differs from `base`. */
export function conditionsOf(
  given: ProfileName | Partial<Conditions>,
  base: Conditions = profiles.perfect,
): Conditions {
  const conditions = typeof given === 'string' ? profiles[given] : { ...base, ...given };
  const { latencyMs, jitterMs, loss, upBytesPerSecond, downBytesPerSecond, queueBytes } = conditions;
  const fine =
    [latencyMs, jitterMs].every((ms) => ms >= 0 && ms <= 60_000) &&
    loss >= 0 &&
    loss <= 1 &&
    [upBytesPerSecond, downBytesPerSecond].every((rate) => rate > 0) &&
    queueBytes >= 1 &&
    queueBytes <= 64 * KIB * KIB;
  if (!fine) throw new RangeError(`no conditions of a network: ${JSON.stringify(conditions)}`);
  return conditions;
}
