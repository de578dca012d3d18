import { closeCodes, errors } from '../../../schema/index.ts';
import { STEPS } from '../../outbox/ladder.ts';

/**
 * Everything that a node tells at `/metrics`, beside what prom-client tells of a Node process. `docs/metrics.md` is made
 * from it, and what is counted has its name from here.
 *
 * A label has the values that are listed, or is a name of the code's own: a kind of room, a method, a call of an
 * adapter. Never a user, a session, or the id of a room.
 */
export type Values = readonly string[] | 'rooms' | 'names';

interface Entry {
  readonly group: (typeof GROUPS)[number];
  readonly help: string;
  readonly labels?: Readonly<Record<string, Values>>;
}

export interface CounterEntry extends Entry {}
export interface GaugeEntry extends Entry {}
/** With one label at most. */
export interface HistogramEntry extends Entry {
  readonly unit: 'seconds' | 'bytes';
  readonly buckets: readonly number[];
}

export const GROUPS = [
  'Joining',
  'Connections',
  'Sessions',
  'Requests',
  'Rooms',
  'Delivery',
  'Continuity',
  'Presence',
  'Services',
  'Node',
] as const;

const errorNames = Object.keys(errors);
/** Every code of the catalogue; others of the WebSocket protocol come as they come. */
const codes = Object.values(closeCodes).map(({ code }) => String(code));
const steps: readonly string[] = STEPS;

const FAST = [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.066, 0.25, 1];
const CALLS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
const HUMAN = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** `gatehouse_<key>_total`. Only grow; begin with 0 at the start of a process. */
export const counters = {
  joins_admitted: { group: 'Joining', help: 'Joins whose token was good.' },
  joins_refused: { group: 'Joining', help: 'Requests for a seat that were refused.', labels: { reason: errorNames } },
  recoveries_admitted: { group: 'Joining', help: 'Recoveries over HTTP whose token was good.' },
  sessions_refused: {
    group: 'Joining',
    help: 'Requests about a session, such as to recover it, that were refused.',
    labels: { reason: errorNames },
  },
  admin_refused: { group: 'Joining', help: 'Requests of admins that were refused.', labels: { reason: errorNames } },
  requests_refused: { group: 'Joining', help: 'Other requests that were refused.', labels: { reason: errorNames } },
  upgrades_refused: { group: 'Joining', help: 'Sockets that were not opened.', labels: { reason: errorNames } },
  seats_refused: { group: 'Joining', help: 'Sockets that came for a seat in vain.', labels: { reason: errorNames } },
  returns_refused: {
    group: 'Joining',
    help: 'Sockets that came back for a session in vain.',
    labels: { reason: errorNames },
  },

  connections_opened: { group: 'Connections', help: 'Sockets of players that were opened.' },
  connections_closed: {
    group: 'Connections',
    help: 'Sockets of players that ended, by close code (docs/api.md).',
    labels: { code: codes },
  },
  heartbeats_missed: { group: 'Connections', help: 'Sockets that were cut as they answered no heartbeat.' },
  frames_refused: {
    group: 'Connections',
    help: 'Frames that ended their connection.',
    labels: { reason: ['flooding', 'protocol', 'input', 'undecodable'] },
  },
  messages_unknown: { group: 'Connections', help: 'Messages of a type that their room does not know.' },
  received_frames: { group: 'Connections', help: 'Frames of players.', labels: { room: 'rooms' } },
  received_bytes: { group: 'Connections', help: 'Bytes of them, without framing.', labels: { room: 'rooms' } },

  sessions_opened: { group: 'Sessions', help: 'Sessions that began.' },
  sessions_dropped: {
    group: 'Sessions',
    help: 'Sessions that lost their connection and wait, by close code.',
    labels: { code: codes },
  },
  sessions_returned: { group: 'Sessions', help: 'Sessions that came back on a new connection.' },
  sessions_recovered: {
    group: 'Sessions',
    help: 'Returns, by whether all that was missed could be told again.',
    labels: { result: ['whole', 'not'] },
  },
  sessions_ended: { group: 'Sessions', help: 'Sessions that are over, by close code.', labels: { code: codes } },
  session_store_errors: { group: 'Sessions', help: 'Writes of sessions that failed.' },

  rpc_errors: {
    group: 'Requests',
    help: 'JSON-RPC errors by name and method; `none`: no method was named that there is.',
    labels: { error: errorNames, method: 'names' },
  },
  rpc_asked_again: { group: 'Requests', help: 'Requests that came again after a return and were carried out once.' },
  rpc_stray_answers: { group: 'Requests', help: 'Answers to requests that the server never made.' },

  rooms_created: { group: 'Rooms', help: 'Rooms that were made.', labels: { room: 'rooms' } },
  room_errors: {
    group: 'Rooms',
    help: 'What rooms threw, by hook, timer, method or handler.',
    labels: { where: 'names' },
  },
  state_checks: {
    group: 'Rooms',
    help: 'Checks of what clients hold (docs/consistency.md): sent, and found wrong.',
    labels: { result: ['sent', 'mismatch'] },
  },
  resyncs: {
    group: 'Rooms',
    help: 'Whole states that were sent to a client in the middle of its stay.',
    labels: { room: 'rooms' },
  },

  sent_frames: { group: 'Delivery', help: 'Frames to players, patches included.', labels: { room: 'rooms' } },
  sent_bytes: {
    group: 'Delivery',
    help: 'Bytes of them, without framing and before deflating.',
    labels: { room: 'rooms' },
  },
  patch_frames: { group: 'Delivery', help: 'Patches of the state to players.', labels: { room: 'rooms' } },
  patch_bytes: { group: 'Delivery', help: 'Bytes of them.', labels: { room: 'rooms' } },
  outbox: {
    group: 'Delivery',
    help:
      'Connections that took a step of the ladder (docs/delivery.md), patches that were given up for the whole state, ' +
      'messages that were too large to wait, and writes that failed.',
    labels: { event: [...steps, 'given_up', 'too_large', 'failed'] },
  },

  snapshots: {
    group: 'Continuity',
    help: 'Snapshots of rooms (docs/continuity.md). `fenced`: another node has the room by now.',
    labels: { result: ['saved', 'failed', 'too_large', 'fenced'] },
  },
  rooms_restored: {
    group: 'Continuity',
    help: 'Rooms that were brought back from a snapshot.',
    labels: { result: ['restored', 'failed'] },
  },
  rooms_moved: {
    group: 'Continuity',
    help: 'Rooms that were offered to other nodes.',
    labels: { result: ['moved', 'stayed', 'failed'] },
  },
  tail_records: {
    group: 'Continuity',
    help: 'What rooms noted between two snapshots; anything but `kept`: until the next snapshot nothing more is.',
    labels: { result: ['kept', 'full', 'failed', 'refused', 'unpackable'] },
  },
  requests_repeated: {
    group: 'Continuity',
    help: 'Requests that the next owner of a room carried out again, and those that it could not.',
    labels: { result: ['done', 'not'] },
  },
  sessions_restored: { group: 'Continuity', help: 'Sessions that came with a room.' },

  presence_foreign: { group: 'Presence', help: 'Messages about presence that are none.' },
  presence_owed: { group: 'Presence', help: 'Changes that the directory could not be told at once.' },
  presence_untold: { group: 'Presence', help: 'Changes that the others could not be told at once.' },

  notify: {
    group: 'Services',
    help: 'Notifications of services to players.',
    labels: { result: ['reached', 'missed', 'foreign', 'limited_user', 'limited_node', 'faults'] },
  },
  service_calls: {
    group: 'Services',
    help: 'Calls of methods that services serve, `ok` or the error.',
    labels: { result: ['ok', ...errorNames] },
  },
  room_events: {
    group: 'Services',
    help: 'Events that services were told.',
    labels: { result: ['told', 'untold', 'limited'] },
  },
  bus_foreign: { group: 'Services', help: 'Messages of the bus that are none of ours.' },
  bus_dropped: { group: 'Services', help: 'Messages of the bus that were dropped, as too many waited.' },

  relayed: { group: 'Node', help: 'Sockets that were handed on to the node of their room.' },
  relay_failed: { group: 'Node', help: 'Of these, those whose node could not be reached.' },
  node_beats_failed: { group: 'Node', help: 'Heartbeats of this node that the registry did not take.' },
  node_came_back: { group: 'Node', help: 'Times that this node told the others of itself anew.' },
  nodes_cleaned: { group: 'Node', help: 'Dead nodes that this one cleaned up after.' },
  redis_errors: { group: 'Node', help: 'Calls of Redis that failed.', labels: { call: 'names' } },
  nats_errors: { group: 'Node', help: 'Calls of NATS that failed.', labels: { call: ['publish', 'request'] } },
  reconnects: {
    group: 'Node',
    help: 'Times that Redis or NATS was there again after it was not.',
    labels: { dependency: ['redis', 'nats'] },
  },
  key_fetches: {
    group: 'Node',
    help: 'Fetches of the key set at JWT_JWKS_URL.',
    labels: { result: ['ok', 'failed', 'limited'] },
  },
  library_lines: {
    group: 'Node',
    help: 'Complaints of libraries.',
    labels: { level: ['trace', 'debug', 'info', 'warn', 'error'] },
  },
  log_lines_repeated: { group: 'Node', help: 'Lines of the log that were left out, as they said the same again.' },
  log_lines_dropped: { group: 'Node', help: 'Lines of the log that its reader was too slow for.' },
} as const satisfies Record<string, CounterEntry>;

/** `gatehouse_<key>`: read when somebody asks. */
export const gauges = {
  connections: { group: 'Connections', help: 'Sockets of players that are open.' },
  connections_limit: { group: 'Connections', help: 'MAX_CONNECTIONS.' },
  relayed_connections: { group: 'Connections', help: 'Sockets that pass through to another node.' },
  sessions: {
    group: 'Sessions',
    help: 'Sessions by kind of room and state.',
    labels: { room: 'rooms', state: ['joining', 'online', 'away', 'dropped', 'moving'] },
  },
  users: { group: 'Presence', help: 'Users with a session on this node.' },
  rooms: { group: 'Rooms', help: 'Rooms of this node.', labels: { room: 'rooms' } },
  rooms_limit: { group: 'Rooms', help: 'MAX_ROOMS.' },
  outbox_bytes: {
    group: 'Delivery',
    help: 'Bytes that wait for slow connections, by priority; `patch`: of the state.',
    labels: { class: ['critical', 'high', 'patch', 'normal', 'low'] },
  },
  connections_by_step: {
    group: 'Delivery',
    help: 'Connections on each step of the ladder; `free`: nothing is held back.',
    labels: { step: steps.slice(0, -1) },
  },
  journal_entries: {
    group: 'Continuity',
    help: 'Numbered notifications that rooms keep for those who are away.',
    labels: { room: 'rooms' },
  },
  journal_bytes: { group: 'Continuity', help: 'Bytes of them.', labels: { room: 'rooms' } },
  ready: {
    group: 'Node',
    help: '1 when what `/health/ready` asks for is ready.',
    labels: { check: 'names' },
  },
  nodes: {
    group: 'Node',
    help: 'Live nodes that this one knows of.',
    labels: { state: ['starting', 'ready', 'draining'] },
  },
  node_info: {
    group: 'Node',
    help: 'Always 1; says which node and version it is.',
    labels: { node: 'names', version: 'names' },
  },
  keys_fetched_timestamp_seconds: {
    group: 'Node',
    help: 'When the key set was fetched the last time, in seconds since 1970; none before the first time.',
  },
  certificate_expiry_timestamp_seconds: {
    group: 'Node',
    help: 'When the first of the certificates in a file of a setting expires, in seconds since 1970.',
    labels: { setting: ['REDIS_CA_FILE', 'NATS_CA_FILE'] },
  },
} as const satisfies Record<string, GaugeEntry>;

/** `gatehouse_<key>_<unit>`. */
export const histograms = {
  seat: { group: 'Joining', unit: 'seconds', buckets: HUMAN, help: 'Time that a request for a seat took.' },
  join: {
    group: 'Joining',
    unit: 'seconds',
    buckets: HUMAN,
    help: 'Time from the opening of a socket until its player is in the room.',
  },
  round_trip: {
    group: 'Connections',
    unit: 'seconds',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 3],
    help: 'Time that a player took to answer a heartbeat.',
  },
  session_away: {
    group: 'Sessions',
    unit: 'seconds',
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    help: 'Time that returning sessions were without a connection.',
  },
  rpc: {
    group: 'Requests',
    unit: 'seconds',
    buckets: CALLS,
    help: 'Time that requests were worked on, by method. Those refused before that are not in it.',
    labels: { method: 'names' },
  },
  tick: {
    group: 'Rooms',
    unit: 'seconds',
    buckets: FAST,
    help: 'Time that a step of a room took.',
    labels: { room: 'rooms' },
  },
  tick_late: {
    group: 'Rooms',
    unit: 'seconds',
    buckets: FAST,
    help: 'How much later than its period a step began after the one before.',
    labels: { room: 'rooms' },
  },
  patch: {
    group: 'Rooms',
    unit: 'seconds',
    buckets: FAST,
    help: 'Time that it took to encode the changes of a room for everybody in it.',
    labels: { room: 'rooms' },
  },
  snapshot: {
    group: 'Continuity',
    unit: 'seconds',
    buckets: CALLS,
    help: 'Time that it took to make and to save a snapshot.',
  },
  snapshot_size: {
    group: 'Continuity',
    unit: 'bytes',
    buckets: [1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304],
    help: 'Size of snapshots.',
  },
  restore: {
    group: 'Continuity',
    unit: 'seconds',
    buckets: CALLS,
    help: 'Time that it took to make a room from its snapshot.',
  },
  move: {
    group: 'Continuity',
    unit: 'seconds',
    buckets: HUMAN,
    help: 'Time from the end of a room here until another node has it.',
  },
  presence_propagation: {
    group: 'Presence',
    unit: 'seconds',
    buckets: CALLS,
    help: 'Time until a change of presence that this node told of came back to it over the bus.',
  },
  redis: {
    group: 'Node',
    unit: 'seconds',
    buckets: CALLS,
    help: 'Time that calls of Redis took.',
    labels: { call: 'names' },
  },
  nats: {
    group: 'Node',
    unit: 'seconds',
    buckets: CALLS,
    help: 'Time that NATS took to take a message, or a request to be answered.',
    labels: { call: ['publish', 'request'] },
  },
} as const satisfies Record<string, HistogramEntry>;

export type CounterName = keyof typeof counters;
export type GaugeName = keyof typeof gauges;
export type HistogramName = keyof typeof histograms;

/** What an entry is called at `/metrics`. */
export function metricName(kind: 'counter' | 'gauge' | 'histogram', key: string): string {
  if (kind === 'counter') return `gatehouse_${key}_total`;
  if (kind === 'gauge') return `gatehouse_${key}`;
  return `gatehouse_${key}_${histograms[key as HistogramName].unit}`;
}
