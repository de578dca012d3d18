/** Everything that a run measures: what gates may name, what reports show, what docs/loadtest.md lists. */

export interface Duration {
  readonly label: string;
  /** What is timed, for a reader who was not there. */
  readonly what: string;
  /** Only what was timed after the ramp counts, as players come in before: the ramp is the server's hardest time. */
  readonly steady: boolean;
}

/** Milliseconds. */
export const durations = {
  join: {
    label: 'join',
    what: 'from when the ramp meant a player to join to the first state',
    steady: false,
  },
  rpc: {
    label: 'RPC round trip',
    what: 'from when a call was meant to be sent to its answer; one without an answer counts for as long as it waited',
    steady: true,
  },
  service: {
    label: 'RPC, once sent',
    what: 'from when a call was really sent to its answer: what a tool says that stops asking while it waits',
    steady: true,
  },
  patch: {
    label: 'between patches',
    what: 'between two patches of a player; one that is late counts for each patch that should have come meanwhile',
    steady: true,
  },
  jitter: {
    label: 'jitter of patches',
    what: 'how much the pause between two patches differs from the one before',
    steady: true,
  },
  delivery: {
    label: 'delivery',
    what: 'from when something was meant to be said to each player who hears it',
    steady: true,
  },
  recovery: {
    label: 'recovery',
    what: 'from a lost socket to the same session with its state',
    steady: false,
  },
  lateness: {
    label: "load tool's own lateness",
    what: 'how much later than meant the tool itself got to do something: where this is large, it measures itself',
    steady: true,
  },
} as const satisfies Record<string, Duration>;

export interface Count {
  readonly label: string;
  readonly what: string;
  /** The count that its share is of. */
  readonly of?: string;
  readonly bytes?: true;
}

export const counts = {
  joined: { label: 'joined', what: 'joins that led into a room' },
  refused: { label: 'joins refused', what: 'joins that failed, for whatever reason', of: 'joined' },
  frames: { label: 'frames', what: 'WebSocket messages that came, of any kind' },
  patches: { label: 'patches', what: 'of them, patches of the state' },
  bytesIn: {
    label: 'bytes received',
    what: 'of the messages, inflated; without headers of WebSocket and TCP',
    bytes: true,
  },
  bytesOut: { label: 'bytes sent', what: 'of messages sent, likewise', bytes: true },
  inputs: { label: 'inputs', what: 'inputs sent' },
  calls: { label: 'calls', what: 'JSON-RPC calls that were meant to be made' },
  callsFailed: { label: 'calls failed', what: 'of them, answered with an error or not at all', of: 'calls' },
  notices: { label: 'notifications', what: 'JSON-RPC notifications that came' },
  cuts: { label: 'sockets cut', what: 'by the scenario itself' },
  drops: { label: 'drops', what: 'sockets that players lost, those that the scenario cut among them', of: 'joined' },
  recoveries: { label: 'recoveries', what: 'returns into the same session after a drop', of: 'drops' },
  lost: { label: 'players lost', what: 'players who were in, did not leave, and are out', of: 'joined' },
  checks: { label: 'states compared', what: "states compared with the server's hash of them" },
  mismatches: { label: 'hash mismatches', what: 'of them, other than the server said', of: 'checks' },
  faults: {
    label: 'faults',
    what: 'frames that could not be decoded, clocks of a room that went back, acknowledged inputs that were never sent',
  },
  errors: { label: 'scenario errors', what: 'players whose scenario threw' },
} as const satisfies Record<string, Count>;

export type DurationName = keyof typeof durations;
export type CountName = keyof typeof counts;

export const durationNames = Object.keys(durations) as DurationName[];
export const countNames = Object.keys(counts) as CountName[];

export function isDuration(name: string): name is DurationName {
  return Object.hasOwn(durations, name);
}

export function isCount(name: string): name is CountName {
  return Object.hasOwn(counts, name);
}

/** Whose share a count has, if any. */
export function wholeOf(name: CountName): CountName | undefined {
  return (counts[name] as Count).of as CountName | undefined;
}
