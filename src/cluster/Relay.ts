import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { createProxyServer } from 'http-proxy-3';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import type { NodeRecord } from '../ports/nodes.ts';
import { RELAY_HEADER, signRelay } from './relay-header.ts';

const CONNECT_TIMEOUT_MS = 2_000;
/** Beats in a row that an owner is not among the live before the sockets to it are cut. */
const MISSED_BEATS = 2;

export interface RelayParts {
  readonly nodeId: string;
  /** Of the deployment: what nodes sign with. */
  readonly secret: () => string;
  /** Sockets that may pass through this node at once. */
  readonly max: number;
  readonly counters: Counters;
  readonly log: Logger;
  /** Nobody listens at a node's address. */
  readonly onRefused: (nodeId: string) => void;
}

/** Hands WebSockets to the node that owns their room: any node takes any connection. */
export class Relay {
  readonly #parts: RelayParts;
  readonly #proxy = createProxyServer({ ws: true, connectTimeout: CONNECT_TIMEOUT_MS });
  /** Each with its owner. */
  readonly #open = new Map<Duplex, string>();
  readonly #missed = new Map<string, number>();

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#proxy.on('error', () => {}); // Told to the callback of each request.
  }

  /** Sockets that pass through this node. */
  get size(): number {
    return this.#open.size;
  }

  get isFull(): boolean {
    return this.#open.size >= this.#parts.max;
  }

  /** Connects the client's socket with its owner. A client whose owner cannot be reached sees its socket close, and comes again. */
  hand(request: IncomingMessage, socket: Duplex, head: Buffer, owner: NodeRecord, address: string): void {
    const { nodeId, secret, counters, log, onRefused } = this.#parts;
    this.#open.set(socket, owner.id);
    counters.count('relayed');
    socket.once('close', () => this.#open.delete(socket));
    request.headers[RELAY_HEADER] = signRelay({ from: nodeId, to: owner.id, address }, request.url ?? '', secret());
    this.#proxy.ws(request, socket as never, head, { target: `http://${owner.address}` }, (error: Error) => {
      counters.count('relay_failed');
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') onRefused(owner.id);
      log.warn({ owner: owner.id, error: error.message }, 'relay failed');
    });
  }

  /**
   * Called with each beat. A node that hangs says nothing, and closes nothing: its rooms go on elsewhere, and its players
   * would not know.
   */
  alive(nodes: ReadonlySet<string>): void {
    const owners = new Set(this.#open.values());
    for (const owner of this.#missed.keys()) if (!owners.has(owner)) this.#missed.delete(owner);
    for (const owner of owners) {
      const missed = nodes.has(owner) ? 0 : (this.#missed.get(owner) ?? 0) + 1;
      this.#missed.set(owner, missed);
      if (missed >= MISSED_BEATS) this.#cut(owner);
    }
  }

  #cut(owner: string): void {
    this.#parts.log.warn({ owner }, 'relayed connections cut: the node is silent');
    for (const [socket, to] of this.#open) if (to === owner) socket.destroy();
  }

  /** False when nobody answers at a node, which then counts as dead: before it is asked something over Redis, in vain. */
  reaches(owner: NodeRecord): Promise<boolean> {
    const { hostname, port } = new URL(`http://${owner.address}`);
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), timeout: CONNECT_TIMEOUT_MS });
    return new Promise((resolve) => {
      const settle = (reached: boolean): void => {
        socket.destroy();
        resolve(reached);
      };
      socket.once('connect', () => settle(true));
      socket.once('timeout', () => settle(false));
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') this.#parts.onRefused(owner.id);
        settle(false);
      });
    });
  }

  close(): void {
    for (const socket of this.#open.keys()) socket.destroy();
    this.#proxy.close();
  }
}
