import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import { Connection, type Way } from './Connection.ts';
import type { Fault, FaultKind, Target } from './faults.ts';
import { decisionsOf } from './Line.ts';
import { type Conditions, conditionsOf, type ProfileName } from './profiles.ts';

/** Connections of one link at once; more are dropped. */
export const MAX_CONNECTIONS = 10_000;

export interface LinkOptions {
  readonly to: { readonly host: string; readonly port: number };
  /** Where it listens, on 127.0.0.1; 0 for any. */
  readonly port: number;
  readonly conditions: Conditions;
  readonly seed: number;
  /** Its number in the network. */
  readonly number: number;
}

/**
 * A road to one server, at a port of its own. Everything can be switched while
 * it runs, for all its connections here or for one on the connection.
 */
export class Link implements Target {
  readonly kinds: readonly FaultKind[] = ['cut', 'hold', 'silence', 'refuse', 'shape'];
  readonly #options: LinkOptions;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #accepted = 0;
  #conditions: Conditions;
  #refuses = false;
  #silent = false;
  readonly #held = new Set<Way>();

  private constructor(options: LinkOptions) {
    this.#options = options;
    this.#conditions = options.conditions;
    this.#server = createServer({ allowHalfOpen: true }, (near) => this.#accept(near));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  static async open(options: LinkOptions): Promise<Link> {
    const link = new Link(options);
    link.#server.listen(options.port, '127.0.0.1');
    await once(link.#server, 'listening');
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `127.0.0.1:port`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** That are open, oldest first. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** Conditions of all connections that have none of their own, by name or by what differs from those of now. */
  shape(given: ProfileName | Partial<Conditions>): void {
    this.#conditions = conditionsOf(given, this.#conditions);
    for (const connection of this.#connections) connection.reshape();
  }

  /** See `Connection`. Those that come meanwhile are held as well. */
  hold(way?: Way): void {
    for (const each of way === undefined ? (['up', 'down'] as const) : [way]) this.#held.add(each);
    for (const connection of this.#connections) connection.hold(way);
  }

  /** See `Connection`. Those that come meanwhile are taken, as the system does, and hear nothing. */
  goSilent(): void {
    this.#silent = true;
    for (const connection of this.#connections) connection.goSilent();
  }

  /**
   * New connections are reset, those that are there go on. The port stays
   * taken: one that is given up, to refuse as the system does, may be gone when
   * it is wanted back.
   */
  refuse(): void {
    this.#refuses = true;
  }

  /** Ends all connections that are there. New ones are taken. */
  cut(how: 'reset' | 'end' = 'reset'): void {
    for (const connection of this.#connections) connection.cut(how);
  }

  /** As it was at first. */
  heal(): void {
    this.#refuses = false;
    this.#silent = false;
    this.#held.clear();
    this.#conditions = this.#options.conditions;
    for (const connection of this.#connections) connection.heal();
  }

  begin(fault: Fault): boolean {
    if (fault.kind === 'cut') this.cut(fault.how);
    if (fault.kind === 'hold') this.hold();
    if (fault.kind === 'silence') this.goSilent();
    if (fault.kind === 'refuse') this.refuse();
    if (fault.kind === 'shape') this.shape(fault.profile);
    return this.#server.listening;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #accept(near: Socket): void {
    // The number is of the one that came, so that who is refused changes nothing for the next.
    const number = this.#accepted++;
    if (this.#refuses) {
      near.on('error', () => {});
      near.resetAndDestroy();
      return;
    }
    const { seed, number: link, to } = this.#options;
    const far = new Socket({ allowHalfOpen: true });
    const connection = new Connection({
      number,
      near,
      far,
      inherited: () => this.#conditions,
      decide: (way) => decisionsOf(seed, link, number, way === 'up' ? 0 : 1),
      silent: this.#silent,
    });
    this.#connections.add(connection);
    void connection.gone().then(() => this.#connections.delete(connection));
    for (const way of this.#held) connection.hold(way);
    if (this.#silent) near.once('close', () => far.destroy());
    else far.connect(to);
  }
}
