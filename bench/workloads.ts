/** What is measured, and what must hold. */
import type { Reading } from './reading.ts';

/** Who serves: one file each in `servers/`, and a way in for the load in `load/enter.ts`. */
export type Side = 'colyseus' | 'gatehouse' | 'socketio' | 'ws';

/** What the players of a load do. */
export interface Load {
  readonly players: number;
  /** Inputs that each player sends in a second. */
  readonly inputsPerSecond: number;
  /** Calls that each player keeps in flight; with any, the room is quiet. */
  readonly callsInFlight: number;
  /** Rooms that the players are spread over, and these over the servers. Default 1. */
  readonly rooms?: number;
}

export interface Measure {
  readonly name: string;
  readonly unit: string;
  of(reading: Reading): number;
  /** Of Gatehouse's value over Colyseus's. Absent: shown, but nothing is promised. */
  readonly limit?: { readonly atMost: number } | { readonly atLeast: number };
  /** What is no longer true when the ratio does not hold. */
  readonly promise?: string;
}

export interface Workload {
  readonly name: string;
  readonly what: string;
  readonly load: Load;
  readonly measures: readonly Measure[];
  /** Who can do it beside Colyseus and Gatehouse. Held to nothing. */
  readonly peers: readonly Side[];
}

/** They have neither state nor inputs, but frames and calls. */
const PEERS = ['socketio', 'ws'] as const;

const PLAYERS = 200;

/** From the issue: the platform may cost at most a tenth over plain Colyseus. */
export const cpuPerFrame: Measure = {
  name: 'server CPU per delivered frame',
  unit: 'µs',
  of: ({ cpuMicrosPerSecond, framesPerSecond }) => cpuMicrosPerSecond / framesPerSecond,
  limit: { atMost: 1.1 },
  promise: 'a delivered frame costs at most 1.10 of what plain Colyseus needs, with 200 clients at 60 Hz',
};

/** What a player sees; on a shared machine it says as much about the neighbours as about the server. */
const roundTrips: Measure = {
  name: 'round trips per second',
  unit: '1/s',
  of: ({ repliesPerSecond }) => repliesPerSecond,
};

/** From the issue. Of CPU time, so that it holds even where the load is the slower of the two. */
const roundTripsPerCpu: Measure = {
  name: 'round trips per server CPU second',
  unit: '1/s',
  of: ({ cpuMicrosPerSecond, repliesPerSecond }) => repliesPerSecond / (cpuMicrosPerSecond / 1_000_000),
  limit: { atLeast: 0.8 },
  promise: 'JSON-RPC answers at least 0.8 of the requests that plain Colyseus answers in the same time of a CPU',
};

export const workloads: readonly Workload[] = [
  {
    name: 'frames',
    what: '200 clients in one room get a frame 60 times a second and send nothing',
    load: { players: PLAYERS, inputsPerSecond: 0, callsInFlight: 0 },
    measures: [cpuPerFrame],
    peers: PEERS,
  },
  {
    name: 'play',
    what: '200 clients watch at 60 Hz and each sends 60 inputs a second',
    load: { players: PLAYERS, inputsPerSecond: 60, callsInFlight: 0 },
    measures: [cpuPerFrame],
    peers: [],
  },
  {
    name: 'rpc',
    what: '200 clients have one call each in flight in a quiet room, each server in its own words',
    load: { players: PLAYERS, inputsPerSecond: 0, callsInFlight: 1 },
    measures: [roundTripsPerCpu, roundTrips],
    peers: PEERS,
  },
  {
    name: 'rpc-many',
    what: 'the same with 50 clients and 8 calls each in flight',
    load: { players: 50, inputsPerSecond: 0, callsInFlight: 8 },
    measures: [roundTripsPerCpu, roundTrips],
    peers: [],
  },
];
