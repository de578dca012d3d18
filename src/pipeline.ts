/**
 * The way of a message, stage by stage: read this file first.
 *
 * ```
 * socket in → gate → room → rpc → state → outbox → socket out
 * ```
 *
 * Each stage is a folder. What a stage needs it gets here, and only from the
 * stages before it; nothing below knows Redis, NATS or a game.
 */
import { createServer, type Server } from 'node:http';
import type { Room } from '@colyseus/core';
import type { MethodTable } from '../schema/index.ts';
import { platformMethods } from '../schema/index.ts';
import { Announcements } from './cluster/Announcements.ts';
import { colyseusRooms } from './cluster/colyseus-rooms.ts';
import { locateRoom } from './cluster/locate-room.ts';
import { PlayerNotifications } from './cluster/notify.ts';
import type { Relay } from './cluster/Relay.ts';
import { RoomKeeper } from './cluster/RoomKeeper.ts';
import { ServiceMethods } from './cluster/services.ts';
import type { Config } from './config.ts';
import { Gate } from './gate/Gate.ts';
import { keyFinder } from './gate/keys.ts';
import { tokenVerifier } from './gate/verify.ts';
import { httpApp } from './http/app.ts';
import type { Counters } from './ops/Counters.ts';
import type { Health } from './ops/health.ts';
import type { Logger } from './ops/log.ts';
import type { MetricsPages } from './ops/metrics/MetricsPage.ts';
import type { Operations } from './ops/operate.ts';
import type { Ports } from './ports/index.ts';
import type { NodeRecord } from './ports/nodes.ts';
import { Presence } from './presence/Presence.ts';
import type { GameRoom } from './room/GameRoom.ts';
import { Listings } from './room/Listings.ts';
import type { Platform } from './room/Platform.ts';
import { Sessions } from './room/Sessions.ts';
import { servePlatformMethods } from './rpc/platform-methods.ts';
import { Connections } from './socket/Connection.ts';
import { FlowControl } from './socket/FlowControl.ts';
import { Transport } from './socket/Transport.ts';

/** A game's rooms: name → class. */
export type Rooms = Readonly<Record<string, RoomClass>>;
export type RoomClass = (new () => Room) & Pick<typeof GameRoom, 'methods'>;

export interface PipelineParts {
  readonly nodeId: string;
  readonly config: Config;
  readonly ports: Ports;
  readonly rooms: Rooms;
  readonly log: Logger;
  readonly counters: Counters;
  readonly health: Health;
  readonly page: string | undefined;
  readonly relay: Relay;
  readonly operations: () => Operations;
  /** What `/metrics` answers. */
  readonly metrics: () => MetricsPages;
  /** Finds the live node of an id. */
  readonly nodeOf: (id: string) => Promise<NodeRecord | undefined>;
  /** What nodes sign with when they hand a connection on. */
  readonly secret: () => string;
  /** False while a join could end in the wrong room, or nowhere. */
  readonly mayJoin: () => boolean;
}

export interface Pipeline {
  readonly server: Server;
  readonly transport: Transport;
  readonly connections: Connections;
  readonly platform: Platform;
  readonly notifications: PlayerNotifications;
  readonly keysFetchedAt: () => number | undefined;
}

export async function assemble(parts: PipelineParts): Promise<Pipeline> {
  const {
    nodeId,
    config,
    ports,
    rooms,
    log,
    counters,
    health,
    page,
    relay,
    operations,
    metrics,
    nodeOf,
    secret,
    mayJoin,
  } = parts;
  const { clock, random, revocations, bus, directory } = ports;

  // 1. gate: who comes in. Before the socket, as nothing is done for a stranger.
  let keysFetchedAt: number | undefined;
  const keys = keyFinder(config.jwt.key, clock, (result) => {
    counters.count('key_fetches', result);
    if (result === 'ok') keysFetchedAt = clock.now();
  });
  const verify = tokenVerifier(config.jwt, keys, clock);
  const gate = new Gate({ config, verify, revocations, clock, counters });

  // 2. room: who stays in. A session outlives its socket.
  const presence = new Presence({ directory, bus, clock, counters, graceMs: config.timing.presenceGraceMs });
  const store = ports.sessions;
  const sessions = new Sessions({ nodeId, config, gate, store, revocations, presence, clock, counters, log });
  // A user has one status, and sessions on several nodes.
  await presence.watch(({ userId, status }) => {
    if (status === 'offline') return;
    for (const session of sessions.ofUser(userId)) sessions.setAway(session, status === 'away');
  });
  const listings = new Listings();
  const notifications = new PlayerNotifications({
    bus,
    clock,
    counters,
    deliver: (userId, method, params) => sessions.notifyUser(userId, method, params),
    onFault: (error) => log.warn({ error: error instanceof Error ? error.message : String(error) }, 'notifications'),
  });
  sessions.watchUsers(notifications);

  const services = new ServiceMethods({
    bus,
    random,
    counters,
    onFault: (method, problem) => log.warn({ method, problem }, 'service answer'),
  });

  const keeper = new RoomKeeper({
    nodeId,
    store: ports.roomStore,
    host: colyseusRooms(sessions),
    clock,
    counters,
    log,
    everyMs: config.snapshots.everyMs,
    maxBytes: config.snapshots.bytes,
    nodeOf,
  });

  // 3. rpc: what clients may ask. Each room adds its own table (src/room/GameRoom.ts).
  const methodParts = { nodeId, config, clock, presence, sessions };
  const platform: Platform = {
    nodeId,
    config,
    clock,
    random,
    log,
    counters,
    gate,
    sessions,
    presence,
    listings,
    rooms: new Set(),
    services,
    keeper,
    announcements: new Announcements({ nodeId, bus, clock, counters }),
    methodsFor: (room) => servePlatformMethods(methodParts, room),
  };

  // 4. state and outbox: rooms change their state, it is encoded (src/state/), and what cannot leave at once waits (src/outbox/).

  // 5. socket: HTTP and WebSocket, in and out.
  const tables = Object.values(rooms).map((room) => room.methods);
  const methods: MethodTable = Object.assign({}, platformMethods, ...tables);
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 15_000 },
    await httpApp({
      config,
      gate,
      counters,
      log,
      random,
      health,
      mayJoin,
      operations,
      metrics,
      sessions: { gate, store, keeper, relay, log, audit: () => operations().audit },
      methods,
      page,
    }),
  );
  const connections = new Connections();
  const onFault = (error: unknown) =>
    log.error({ error: error instanceof Error ? error.stack : String(error) }, 'connection failed');
  const flow = new FlowControl({ clock, counters, limits: config.outbox, onFault });
  const transport = new Transport({
    server,
    config,
    gate,
    connections,
    returns: sessions.returns,
    flow,
    counters,
    clock,
    random,
    log,
    nodeId,
    relay,
    owners: { locate: (byPath, roomId) => locateRoom(keeper, byPath, roomId) },
    secret,
  });
  return { server, transport, connections, platform, notifications, keysFetchedAt: () => keysFetchedAt };
}
