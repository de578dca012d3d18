import type { Nodes } from '../../cluster/Nodes.ts';
import type { Relay } from '../../cluster/Relay.ts';
import type { Config } from '../../config.ts';
import type { Lane } from '../../outbox/delivery.ts';
import type { GameRoom } from '../../room/GameRoom.ts';
import type { Platform } from '../../room/Platform.ts';
import { VERSION } from '../../rpc/version.ts';
import type { Connections, Traffic } from '../../socket/Connection.ts';
import type { Check } from '../health.ts';
import { CertificateFiles } from './CertificateFiles.ts';
import { type CounterName, type GaugeName, gauges } from './catalogue.ts';
import type { Reading } from './MetricsPage.ts';

export interface ReadingsParts {
  readonly config: Config;
  readonly platform: Platform;
  readonly connections: Connections;
  readonly relay: Relay;
  readonly nodes: Nodes;
  readonly checks: readonly Check[];
  /** When the key set was fetched the last time, in milliseconds since 1970. */
  readonly keysFetchedAt: () => number | undefined;
}

const LANES: readonly Lane[] = gauges.outbox_bytes.labels.class as readonly Lane[];

/** What a node is like at the moment somebody asks. */
export function gaugeReadings(parts: ReadingsParts): Record<GaugeName, Reading> {
  const { config, platform, connections, relay, nodes, checks, keysFetchedAt } = parts;
  const { sessions, rooms, nodeId } = platform;
  const kinds = () => Map.groupBy(rooms, (room) => room.roomName);
  const ofRooms = (value: (room: GameRoom) => number): Reading => {
    return (tell) => {
      for (const [kind, all] of kinds()) tell(sum(all, value), kind);
    };
  };
  const certificates = new CertificateFiles({
    REDIS_CA_FILE: config.cluster?.redisCaFile,
    NATS_CA_FILE: config.cluster?.natsCaFile,
  });

  return {
    connections: (tell) => tell(connections.size),
    connections_limit: (tell) => tell(config.limits.connections),
    relayed_connections: (tell) => tell(relay.size),
    sessions(tell) {
      for (const [room, ofRoom] of Map.groupBy(sessions.all(), ({ roomName }) => roomName)) {
        for (const [state, all] of Map.groupBy(ofRoom, (session) => session.state.name)) tell(all.length, room, state);
      }
    },
    users: (tell) => tell(sessions.users),
    rooms: ofRooms(() => 1),
    rooms_limit: (tell) => tell(config.limits.rooms),
    outbox_bytes(tell) {
      for (const lane of LANES)
        tell(
          sum(connections, ({ socket }) => socket.writer?.waitingIn(lane) ?? 0),
          lane,
        );
    },
    connections_by_step(tell) {
      const at = Map.groupBy(connections, ({ socket }) => socket.writer?.step ?? 'free');
      for (const step of gauges.connections_by_step.labels.step) tell(at.get(step as 'free')?.length ?? 0, step);
    },
    journal_entries: ofRooms((room) => room.recovery.journal.size),
    journal_bytes: ofRooms((room) => room.recovery.journal.bytes),
    ready(tell) {
      for (const check of checks) tell(check.isReady() ? 1 : 0, check.name);
    },
    nodes(tell) {
      const known = Map.groupBy(nodes.known, ({ state }) => state);
      for (const state of gauges.nodes.labels.state) tell(known.get(state)?.length ?? 0, state);
    },
    node_info: (tell) => tell(1, nodeId, VERSION),
    keys_fetched_timestamp_seconds(tell) {
      const at = keysFetchedAt();
      if (at !== undefined) tell(at / 1_000);
    },
    certificate_expiry_timestamp_seconds(tell) {
      for (const [setting, at] of certificates.expiries()) tell(at / 1_000, setting);
    },
  };
}

/** What connections count themselves, as it grows with each frame. */
export function trafficReadings(connections: Connections): Partial<Record<CounterName, Reading>> {
  const of = (value: (traffic: Traffic) => number): Reading => {
    return (tell) => {
      for (const [room, traffic] of connections.traffic()) tell(value(traffic), room);
    };
  };
  return {
    received_frames: of(({ framesIn }) => framesIn),
    received_bytes: of(({ bytesIn }) => bytesIn),
    sent_frames: of(({ framesOut }) => framesOut),
    sent_bytes: of(({ bytesOut }) => bytesOut),
    patch_frames: of(({ patchesOut }) => patchesOut),
    patch_bytes: of(({ patchBytesOut }) => patchBytesOut),
  };
}

function sum<T>(all: Iterable<T>, value: (each: T) => number): number {
  let total = 0;
  for (const each of all) total += value(each);
  return total;
}
