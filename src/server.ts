import type { AddressInfo } from 'node:net';
import { matchMaker } from '@colyseus/core';
import { closeCodes } from '../schema/index.ts';
import { cleanUpAfter, comeBack } from './cluster/cleanup.ts';
import { Hail } from './cluster/Hail.ts';
import { Nodes } from './cluster/Nodes.ts';
import { nodeOperations } from './cluster/node-operations.ts';
import { Operator } from './cluster/Operator.ts';
import { leastBusy, type PlaceRoom } from './cluster/place-room.ts';
import { Relay } from './cluster/Relay.ts';
import { RoomMover } from './cluster/RoomMover.ts';
import type { Config } from './config.ts';
import { AuditLog } from './ops/AuditLog.ts';
import { Counters } from './ops/Counters.ts';
import { listenToColyseus } from './ops/library-log.ts';
import type { Logger } from './ops/log.ts';
import { MetricsPages } from './ops/metrics/MetricsPage.ts';
import { gaugeReadings, trafficReadings } from './ops/metrics/readings.ts';
import type { Operations } from './ops/operate.ts';
import { startTracing, untracedClock } from './ops/tracing.ts';
import { assemble, type Pipeline, type Rooms } from './pipeline.ts';
import type { Ports } from './ports/index.ts';
import type { NodeRecord } from './ports/nodes.ts';
import { endSession } from './room/ask-room.ts';
import { usePlatform } from './room/Platform.ts';
import { VERSION } from './rpc/version.ts';

/** How often what was counted is logged. */
const TALLY_MS = 60_000;

export interface ServerParts {
  readonly config: Config;
  readonly ports: Ports;
  readonly rooms: Rooms;
  readonly log: Logger;
  /** What the adapters count into, too. Default: a new one. */
  readonly counters?: Counters;
  /** Folder of the built page. */
  readonly page?: string | undefined;
  /** Which node gets a new room. Default: the ready one with the fewest connections. */
  readonly placeRoom?: PlaceRoom;
}

export interface Gatehouse extends Pipeline {
  readonly nodeId: string;
  readonly port: number;
  /** Where a browser on this machine finds it. */
  readonly url: string;
  readonly nodes: Nodes;
  readonly mover: RoomMover;
  /** Ends rooms and connections, then everything else. Resolves when nothing is left. */
  close(): Promise<void>;
}

/** Starts a node. One a process, as Colyseus's matchmaker is. */
export async function startServer(parts: ServerParts): Promise<Gatehouse> {
  const { config, rooms, log, counters = new Counters(), placeRoom = leastBusy } = parts;
  const ports = { ...parts.ports, clock: untracedClock(parts.ports.clock) };
  const { presence, driver } = ports.matchmaking;
  listenToColyseus({ log, counters, clock: ports.clock });
  const place = async () => placeRoom(nodes.known) ?? nodeId;
  await matchMaker.setup(presence, driver, config.publicAddress, place);
  const nodeId = matchMaker.processId;
  const incarnation = ports.random.id();
  const startedAt = ports.clock.now();
  // Known once it listens.
  let address = '';
  let open = false;

  const checks = [
    { name: 'matchmaker', isReady: () => open && matchMaker.state === matchMaker.MatchMakerState.READY },
    { name: 'nodes', isReady: () => nodes.isSettled },
    ...(ports.checks ?? []),
  ];
  const relay = new Relay({
    nodeId,
    secret: () => nodes.secret,
    max: config.limits.connections,
    counters,
    log,
    onRefused: (id) => pipeline.platform.keeper.suspect(id),
  });
  const pipeline = await assemble({
    nodeId,
    config,
    ports,
    rooms,
    log,
    counters,
    health: { checks, isServing: () => open && nodes.isServing },
    page: parts.page,
    operations: () => operations,
    relay,
    metrics: () => metrics,
    nodeOf: (id) => nodes.findUnlessDead(id),
    secret: () => nodes.secret,
    mayJoin: () => nodes.isSettled && (open || nodes.hasOthers),
  });
  const { platform, server, connections } = pipeline;

  const self = (): NodeRecord => ({
    id: nodeId,
    incarnation,
    address,
    version: VERSION,
    state: 'starting',
    rooms: matchMaker.stats.local.roomCount,
    connections: connections.size,
    startedAt,
  });
  const hail = new Hail({ bus: ports.bus, nodeId, takesForDead: (id) => nodes.takesForDead(id) });
  const nodes: Nodes = new Nodes({
    registry: ports.nodes,
    clock: ports.clock,
    counters,
    log,
    self,
    cleanUp: (id) => cleanUpAfter(id, ports, platform),
    comeBack: () => comeBack(platform),
    hail: (id) => hail.ask(id),
    cutOff: () => platform.keeper.loseAll(),
    announce: (state) => platform.announcements.nodeIs(state),
    onBeat: (live) => relay.alive(live),
  });

  const mover = new RoomMover({
    nodeId,
    keeper: platform.keeper,
    bus: ports.bus,
    clock: ports.clock,
    counters,
    log,
    // Not those of the last beat: one that has just become ready takes rooms, too.
    nodes: () => ports.nodes.list(),
  });

  const metrics = new MetricsPages({
    counters,
    gauges: gaugeReadings({ ...pipeline, config, relay, nodes, checks }),
    totals: trafficReadings(connections),
    rooms: Object.keys(rooms),
    clock: ports.clock,
  });

  const here = nodeOperations({ nodeId, nodes, mover, platform, log });
  const operator = new Operator({
    nodeId,
    bus: ports.bus,
    here,
    isLive: async (id) => (await nodes.find(id)) !== undefined,
    counters,
    log,
  });
  const audit = new AuditLog({ nodeId, clock: ports.clock, bus: ports.bus, counters, log });
  const operations: Operations = {
    nodeId,
    operator,
    audit,
    nodes: () => nodes.known,
    sessions: ports.sessions,
    kick: (session) => endSession({ store: ports.sessions, keeper: platform.keeper, relay, log }, session, 'KICKED'),
    revocations: ports.revocations,
    clock: ports.clock,
  };

  const stopTracing = await startTracing(config.traces, nodeId);
  usePlatform(platform);
  for (const [name, room] of Object.entries(rooms)) matchMaker.defineRoomType(name, room).enableRealtimeListing();
  await matchMaker.accept();
  const port = await listen(pipeline, config);
  const host = reachable(config.host);
  address = config.nodeAddress ?? `${host}:${port}`;
  await hail.open();
  await mover.open();
  await operator.open();
  await audit.open();
  await nodes.start();
  await nodes.become('ready');
  open = true;
  const tally = ports.clock.every(TALLY_MS, () => log.info(counters.all(), 'counters'));

  let closed: Promise<void> | undefined;
  /** One step of the end. What shared servers that are away keep it from doing must not keep this node. */
  async function attempt(step: string, work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.warn({ step, error: error instanceof Error ? error.message : String(error) }, 'shutting down');
    }
  }

  async function shutDown(): Promise<void> {
    open = false;
    tally.stop();
    await attempt('node', () => nodes.become('draining'));
    await attempt('moves', () => platform.keeper.stopTaking());
    const waiting = await mover.leave();
    await attempt('rooms', () => matchMaker.gracefullyShutdown());
    // Where that failed half-way the rooms are still there.
    await attempt('rooms', () => Promise.all(matchMaker.disconnectAll(closeCodes.SERVER_SHUTDOWN.code)));
    // A client that does not answer its close is cut after a second: see PlayerSocket.
    const quiet = [...connections].map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)));
    for (const { socket } of connections) socket.end('SERVER_SHUTDOWN');
    await Promise.all(quiet);
    relay.close();
    pipeline.transport.shutdown();
    await attempt('moves', () => mover.close());
    await attempt('operator', () => Promise.all([operator.close(), audit.close(), hail.close()]));
    platform.keeper.stop();
    platform.sessions.close();
    // What could not be told, and what waits, is left to whoever cleans up after a node that did not leave.
    await attempt('node', async () => nodes.stop({ leave: (await platform.presence.close()) && waiting === 0 }));
    await attempt('notifications', () => pipeline.notifications.close());
    const { sessions, revocations, directory, bus, roomStore } = ports;
    for (const port of [sessions, revocations, directory, roomStore, bus, ports.nodes])
      await attempt('ports', () => port.close());
    await attempt('matchmaking', () => presence.shutdown());
    await attempt('matchmaking', () => driver.shutdown());
    await attempt('ports', () => ports.close?.());
    await stopTracing();
    log.info(counters.all(), 'closed');
  }

  return {
    ...pipeline,
    server,
    nodeId,
    nodes,
    mover,
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close() {
      closed ??= shutDown();
      return closed;
    },
  };
}

/** Resolves with the port. */
function listen({ server, transport }: Pipeline, { port, host }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    transport.listen(port, host, undefined, () => resolve((server.address() as AddressInfo).port));
  });
}

/** A server that listens everywhere is reached on this machine by its own name. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}
