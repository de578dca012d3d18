import type { Socket } from 'node:net';
import { Lane, reset } from './Lane.ts';
import { type Decide, Line } from './Line.ts';
import type { Conditions } from './profiles.ts';

/** As the client sees it: up to the server, down from it. */
export type Way = 'up' | 'down';

export interface ConnectionParts {
  /** The first of a link is 0. */
  readonly number: number;
  /** From the client. */
  readonly near: Socket;
  /** To the server. May not be connected yet, and may never be. */
  readonly far: Socket;
  /** The link's, for while it has none of its own. */
  readonly inherited: () => Conditions;
  readonly decide: (way: Way) => Decide;
  /** True when the far end was not even dialed, as the link was silent. */
  readonly silent: boolean;
}

/** One TCP connection through a link. Both sockets allow half-open, so that one way may end before the other. */
export class Connection {
  readonly number: number;
  readonly #parts: ConnectionParts;
  readonly #lanes: Readonly<Record<Way, Lane>>;
  #own: Conditions | undefined;

  constructor(parts: ConnectionParts) {
    const { near, far, decide } = parts;
    this.number = parts.number;
    this.#parts = parts;
    for (const socket of [near, far]) {
      socket.setNoDelay();
      // What happened is told to the other end by 'close'.
      socket.on('error', () => {});
    }
    this.#lanes = {
      up: new Lane(new Line(this.#conditionsOf('up'), decide('up')), near, far),
      down: new Lane(new Line(this.#conditionsOf('down'), decide('down')), far, near),
    };
    if (parts.silent) this.goSilent();
  }

  /** Resolves when both sockets are closed. */
  async gone(): Promise<void> {
    const { near, far } = this.#parts;
    await Promise.all(
      [near, far].map((socket) => socket.closed || new Promise((resolve) => socket.once('close', resolve))),
    );
  }

  /** Bytes that the simulator holds of it, both ways. Those in the system's own buffers are not seen. */
  get waitingBytes(): number {
    return this.#lanes.up.waitingBytes + this.#lanes.down.waitingBytes;
  }

  /** Conditions of its own, whatever the link's are, until it is healed. */
  shape(conditions: Conditions): void {
    this.#own = conditions;
    this.reshape();
  }

  /** Takes the conditions that hold for it now. */
  reshape(): void {
    for (const way of ['up', 'down'] as const) {
      this.#lanes[way].line.shape(this.#conditionsOf(way), performance.now());
      this.#lanes[way].pump();
    }
  }

  /** Nothing comes through that way, or either; it comes when the connection is healed. A tunnel. */
  hold(way?: Way): void {
    for (const each of ['up', 'down'] as const) if (way === undefined || way === each) this.#lanes[each].line.hold();
  }

  /**
   * Half open: what either end says is lost, and no end of one is told to the
   * other. A router that forgot the connection, a cable that was pulled.
   */
  goSilent(): void {
    for (const lane of Object.values(this.#lanes)) lane.goSilent();
  }

  /**
   * As the link is. What was held comes. A connection that has lost something
   * is reset, as TCP never goes on with a hole in its stream.
   */
  heal(): void {
    const { silent } = this.#parts;
    if (silent || this.#lanes.up.swallowed || this.#lanes.down.swallowed) {
      this.cut('reset');
      return;
    }
    this.#own = undefined;
    this.reshape();
    for (const lane of Object.values(this.#lanes)) lane.heal();
  }

  /** Ends it at both ends at once, with RST or with FIN. What is on its way is lost. */
  cut(how: 'reset' | 'end'): void {
    for (const lane of Object.values(this.#lanes)) lane.stop();
    for (const socket of [this.#parts.near, this.#parts.far]) {
      if (how === 'reset' || socket.pending) reset(socket);
      else socket.destroySoon();
    }
  }

  #conditionsOf(way: Way) {
    const { upBytesPerSecond, downBytesPerSecond, ...both } = this.#own ?? this.#parts.inherited();
    return { ...both, bytesPerSecond: way === 'up' ? upBytesPerSecond : downBytesPerSecond };
  }
}
