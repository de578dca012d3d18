import type { Counters } from '../ops/Counters.ts';
import type { Distribution } from '../ops/metrics/Distribution.ts';
import type { Clock } from '../ports/clock.ts';
import type { Connection } from './Connection.ts';

export interface HeartbeatParts {
  readonly connections: Iterable<Connection>;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly intervalMs: number;
  /** Pings that may stay unanswered before a socket is cut. */
  readonly allowed: number;
  /**
   * Called when a ping is sent. What it returns is called with the answer: whatever was on the socket before the ping
   * has arrived by then.
   */
  readonly onPing: (connection: Connection) => (() => void) | undefined;
}

interface Beat {
  missed: number;
  sentAt: number;
  onAnswer: (() => void) | undefined;
}

/** One ping in flight per connection, its answer timed. Returns how to stop it. */
export function startHeartbeat(parts: HeartbeatParts): () => void {
  const { connections, clock, counters, intervalMs } = parts;
  const roundTrips = counters.distribution('round_trip');
  const beats = new WeakMap<Connection, Beat>();
  const timer = clock.every(intervalMs, () => {
    for (const connection of connections) {
      let beat = beats.get(connection);
      if (beat === undefined) {
        beat = firstBeat(connection, clock, roundTrips);
        beats.set(connection, beat);
      }
      tick(connection, beat, parts);
    }
  });
  return () => timer.stop();
}

function firstBeat(connection: Connection, clock: Clock, roundTrips: Distribution): Beat {
  const beat: Beat = { missed: 0, sentAt: 0, onAnswer: undefined };
  connection.socket.on('pong', () => {
    connection.roundTripMs = clock.monotonic() - beat.sentAt;
    roundTrips.observe(connection.roundTripMs / 1_000);
    beat.missed = 0;
    beat.onAnswer?.();
    beat.onAnswer = undefined;
    connection.socket.writer?.silentSince(undefined);
  });
  return beat;
}

function tick(connection: Connection, beat: Beat, { clock, counters, allowed, onPing }: HeartbeatParts): void {
  const { socket } = connection;
  if (beat.missed >= allowed) {
    counters.count('heartbeats_missed');
    socket.terminate();
    return;
  }
  if (beat.missed > 0) socket.writer?.silentSince(beat.sentAt);
  // An unanswered ping is not repeated, or its late answer would look quick.
  if (beat.missed === 0) {
    beat.sentAt = clock.monotonic();
    beat.onAnswer = onPing(connection);
    if (socket.readyState === socket.OPEN) socket.ping();
  }
  beat.missed += 1;
}
