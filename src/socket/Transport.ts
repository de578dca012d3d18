import type { IncomingMessage, Server } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { createAuthContext, matchMaker, Room } from '@colyseus/core';
import { WebSocketClient, WebSocketTransport } from '@colyseus/ws-transport';
import type { WebSocket } from 'ws';
import { type CloseCodeName, closeLabel, type ErrorName, errors, type Sequence } from '../../schema/index.ts';
import type { Relay } from '../cluster/Relay.ts';
import { readRelay } from '../cluster/relay-header.ts';
import type { Config } from '../config.ts';
import { fail, GatehouseError, messageOf } from '../fail.ts';
import type { Gate } from '../gate/Gate.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import type { Clock } from '../ports/clock.ts';
import type { NodeRecord } from '../ports/nodes.ts';
import type { Random } from '../ports/random.ts';
import type { Connection, Connections } from './Connection.ts';
import type { FlowControl } from './FlowControl.ts';
import { FrameGuard } from './frame-guard.ts';
import { startHeartbeat } from './heartbeat.ts';
import { PlayerSocket } from './PlayerSocket.ts';
import { SocketWriter } from './SocketWriter.ts';
import { readSeatAddress } from './seat-address.ts';

/**
 * Each message is inflated by itself, and nothing is kept between two: a window
 * for each connection would be up to 32 KiB each way. What a message inflates to
 * is bounded by `maxPayload`.
 */
const NO_WINDOWS = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
};

/** Heartbeats that may stay unanswered before a socket is cut. */
const MISSED_HEARTBEATS = 2;

/** A connection that wants to take up a session again. */
export interface Return {
  readonly sessionId: string;
  readonly connection: Connection;
  /** The JWT that came with it. */
  readonly token: string | null;
  /** The secret that only the client of the session has. */
  readonly recoveryToken: string;
  /** The last numbered notification that the client says it has seen. */
  readonly lastSequence: Sequence | undefined;
}

/** What the transport asks of the sessions. */
export interface Returns {
  /**
   * Resolves with the token that the seat is kept under: the client may only have the one before it.
   * @throws a catalogue error when the identity behind the return is not good.
   */
  admit(request: Return): Promise<string>;
  /** True once the connection's client has confirmed its seat. */
  isSeated(connection: Connection): boolean;
  /** A heartbeat is sent. What it returns is called when it is answered. */
  pinged(connection: Connection): (() => void) | undefined;
}

export interface TransportParts {
  readonly server: Server;
  readonly config: Config;
  readonly gate: Gate;
  readonly connections: Connections;
  readonly returns: Returns;
  readonly flow: FlowControl;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly nodeId: string;
  readonly relay: Relay;
  readonly owners: Owners;
  /** Of the deployment: what other nodes sign with. */
  readonly secret: () => string;
}

export interface Owners {
  /** Where a room is: `byPath` is the node that the client names. Undefined: nowhere. @throws UNAVAILABLE */
  locate(byPath: string, roomId: string): Promise<NodeRecord | 'here' | undefined>;
}

/** Where a socket goes: to this node, or to another one. */
type Way = 'here' | NodeRecord;

/** Colyseus's WebSocket transport, with a door in front: limits, heartbeat, and who may come back. */
export class Transport extends WebSocketTransport {
  readonly #parts: TransportParts;
  /** Addresses that other nodes vouch for. */
  readonly #relayed = new WeakMap<IncomingMessage, string>();

  constructor(parts: TransportParts) {
    super({
      server: parts.server,
      maxPayload: parts.config.limits.payloadBytes,
      pingInterval: parts.config.timing.heartbeatMs,
      pingMaxRetries: MISSED_HEARTBEATS,
      perMessageDeflate: parts.config.outbox.compressFrom > 0 && NO_WINDOWS,
      WebSocket: PlayerSocket as unknown as typeof WebSocket,
    });
    this.#parts = parts;
  }

  /** Called by the base class's constructor: what it registers runs later, when `#parts` is there. */
  protected override listenForUpgrade(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      this.#wayOf(request).then(
        (way) => {
          if (socket.destroyed) return;
          if (way === 'here') this.#accept(request, socket, head);
          else this.#parts.relay.hand(request, socket, head, way, this.#addressOf(request));
        },
        (error) => this.#refuse(socket, error),
      );
    });
  }

  #accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.wss.handleUpgrade(request, socket, head, (ws) => {
      const { flow } = this.#parts;
      const writer = new SocketWriter(socket, flow);
      // The library has agreed on it with the other end; what we send is deflated by us, once for all who get it.
      // One frame for all: a client with a smaller window of its own gets frames as they are.
      const asks = request.headers['sec-websocket-extensions'] ?? '';
      if (ws.extensions.includes('permessage-deflate') && !asks.includes('server_max_window_bits')) {
        writer.deflater = flow.deflater;
      }
      (ws as unknown as PlayerSocket).writer = writer;
      this.onConnection(ws as WebSocket & { pingCount: number }, request).catch((error) => {
        this.#parts.log.error({ error: messageOf(error) }, 'connection refused');
        ws.terminate();
      });
    });
  }

  #refuse(socket: Duplex, error: unknown): void {
    if (error instanceof GatehouseError) {
      this.#parts.counters.count('upgrades_refused', error.error);
      answer(socket, error);
    } else {
      this.#parts.log.error({ error: messageOf(error) }, 'upgrade failed');
      socket.destroy();
    }
  }

  /** @throws what the upgrade is refused with */
  async #wayOf(request: IncomingMessage): Promise<Way> {
    const { gate, connections, config, relay, owners, nodeId, secret } = this.#parts;
    const seat = readSeatAddress(request);
    if (seat === undefined) throw fail('INVALID_REQUEST');
    const claim = readRelay(request, nodeId, secret());
    if (claim === 'forged') throw fail('FORBIDDEN');
    if (claim !== undefined) this.#relayed.set(request, claim.address);
    if (!gate.originAllowed(request)) throw fail('ORIGIN_REFUSED');
    if (connections.size >= config.limits.connections) throw fail('UNAVAILABLE');
    const address = this.#addressOf(request);
    if (connections.ofAddress(address) >= config.limits.connectionsPerAddress) throw fail('RATE_LIMITED');
    // Last, as only what comes in costs something.
    gate.admitUpgrade(address, seat.sessionId);

    const { node: owner, roomId } = seat;
    if (owner === undefined || roomId === undefined) return 'here';
    const node = await owners.locate(owner, roomId);
    // An owner that is dead or never was: the seat is looked for here, and the client is told.
    if (node === undefined || node === 'here') return 'here';
    // The room moved while the client was on its way. It comes again: what was relayed once cannot go round in circles.
    if (claim !== undefined || relay.isFull) throw fail('UNAVAILABLE');
    return node;
  }

  /** The client's, also when another node handed it over. */
  #addressOf(request: IncomingMessage): string {
    return this.#relayed.get(request) ?? this.#parts.gate.addressOf(request);
  }

  protected override async onConnection(
    ws: WebSocket & { pingCount: number },
    request: IncomingMessage,
  ): Promise<void> {
    const socket = ws as unknown as PlayerSocket;
    const seat = readSeatAddress(request);
    if (seat === undefined) throw new TypeError('an address that did not parse was let in');
    const { url, roomId, sessionId, recoveryToken, token, lastSequence } = seat;
    const connection = this.#open(socket, request, recoveryToken !== null);
    let seatToken: string | undefined;
    if (sessionId !== null && recoveryToken !== null) {
      try {
        seatToken = await this.#parts.returns.admit({ sessionId, connection, token, recoveryToken, lastSequence });
        url.searchParams.set('reconnectionToken', seatToken);
      } catch (error) {
        this.#turnAway(socket, 'returns_refused', error);
        return;
      }
      if (socket.readyState !== socket.OPEN) return;
    }
    // Colyseus would close the first with 4002, after which nobody comes again: a player who was merely slow.
    if (sessionId !== null && roomId !== undefined && !hasSeat(roomId, sessionId, seatToken)) {
      this.#turnAway(socket, seatToken === undefined ? 'seats_refused' : 'returns_refused', fail('SEAT_EXPIRED'));
      return;
    }
    await super.onConnection(ws, request, { url, context: createAuthContext({ headers: {} }) });
  }

  #open(socket: PlayerSocket, request: IncomingMessage, isReturn: boolean): Connection {
    const { connections, clock, random, config, counters, log } = this.#parts;
    const connection: Connection = {
      id: random.id(),
      address: this.#addressOf(request),
      openedAt: clock.now(),
      socket,
      framesIn: 0,
      framesOut: 0,
      bytesIn: 0,
      bytesOut: 0,
      patchesOut: 0,
      patchBytesOut: 0,
      roundTripMs: null,
      sessionId: null,
      roomName: null,
      endedWith: null,
    };
    const onFailure = (error: unknown) =>
      log.warn({ connection: connection.id, error: messageOf(error) }, 'frame refused');
    socket.watch(connection, new FrameGuard({ limits: config.limits, clock, counters, onFailure }));
    connections.add(connection);
    counters.count('connections_opened');
    const deadline = clock.after(config.timing.joinTimeoutMs, () => {
      if (!this.#parts.returns.isSeated(connection)) socket.end(isReturn ? 'RECONNECT' : 'JOIN_TIMEOUT');
    });
    socket.once('close', (code: number) => {
      deadline.stop();
      connections.remove(connection);
      const ended = connection.endedWith ?? code;
      counters.count('connections_closed', closeLabel(ended));
      const { id, address, sessionId: session, framesIn, framesOut, bytesIn, bytesOut, openedAt } = connection;
      const times = { openedAt, framesIn, framesOut, bytesIn, bytesOut };
      log.info({ connection: id, session, address, code: ended, ...times }, 'connection closed');
    });
    socket.on('error', () => {}); // The base class logs it; a listener must be there before it is.
    return connection;
  }

  /** Tells a client why it does not get the seat that it came for, and closes with what it can do about that. */
  #turnAway(socket: PlayerSocket, counter: 'seats_refused' | 'returns_refused', error: unknown): void {
    const name: ErrorName = error instanceof GatehouseError ? error.error : 'INTERNAL_ERROR';
    this.#parts.counters.count(counter, name);
    const client = new WebSocketClient('', socket);
    client.error(errors[name].code, `${name}: ${errors[name].message}`, () => socket.end(closeNameFor(name)));
  }

  /** Replaces the base class's, which times nothing. */
  protected override autoTerminateUnresponsiveClients(interval: number, allowed: number): void {
    const { clock, connections, counters, returns } = this.#parts;
    const onPing = (connection: Connection) => returns.pinged(connection);
    const stop = startHeartbeat({ connections, clock, counters, intervalMs: interval, allowed, onPing });
    this.server?.once('close', stop);
  }
}

/** Is there a seat in this room, for a session that comes for the first time or shows its token? */
function hasSeat(roomId: string, sessionId: string, seatToken: string | undefined): boolean {
  const room: unknown = matchMaker.getLocalRoomById(roomId);
  // Colyseus keeps rooms in a plain object: `constructor` is in it.
  return room instanceof Room && room.hasReservedSeat(sessionId, seatToken);
}

/** How a refused return ends: by what the client can do about it. */
function closeNameFor(error: ErrorName): CloseCodeName {
  if (error === 'TOKEN_EXPIRED') return 'TOKEN_EXPIRED';
  if (error === 'TOKEN_REVOKED') return 'TOKEN_REVOKED';
  return error === 'UNAVAILABLE' || error === 'INTERNAL_ERROR' ? 'RECONNECT' : 'SEAT_GONE';
}

function answer(socket: Duplex, { error: name, data }: GatehouseError): void {
  const { http, code, message, retryable } = errors[name];
  const more = data === undefined ? {} : { data };
  const body = JSON.stringify({ code, name, error: `${name}: ${message}`, retryable, ...more });
  socket.end(
    `HTTP/1.1 ${http} ${STATUS_CODES[http] ?? ''}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    // A client that does not end its half would keep the socket.
    () => socket.destroy(),
  );
}
