import type { Sequence } from '../../../schema/index.ts';
import type { FakeCluster } from './FakeCluster.ts';
import type { FakeNode } from './FakeNode.ts';
import { FakeRoom, type Line, type Seat } from './FakeRoom.ts';
import { readMessage } from './read-message.ts';

const INPUT_EVERY_MS = 150;
const SAY_EVERY_MS = 500;
const PING_EVERY_MS = 1_000;
const AWAY_MS = 200;
const CONNECT_TIMEOUT_MS = 2_500;
const MAX_HOPS = 2;

interface Connection {
  readonly room: FakeRoom;
  readonly seat: Seat;
  readonly owner: FakeNode;
  readonly entry: FakeNode;
  isOpen: boolean;
  /** When what the room has sent by now has arrived: in order. */
  arrival: number;
}

/** Somebody with a seat. `names`: says on return what it has seen last, as the client kit does; an SDK does not. */
export class FakePlayer {
  readonly id: string;
  readonly names: boolean;
  connection: Connection | undefined;
  /** The last of its inputs that was acknowledged. */
  acknowledged = 0;
  /** Told that its seat is gone. */
  isOut = false;
  /** What is wrong with what it was sent. */
  readonly faults: string[] = [];
  /** Text by number, of what it has heard since it was last told that something is missing: then numbers begin after `from`. */
  readonly heard = new Map<number, string>();
  from = 0;
  /** All that it ever heard. */
  readonly everything = new Set<string>();
  readonly #byKey = new Map<string, string>();
  #last: Sequence | undefined;
  #input = 0;
  #said = 0;
  #isComing = false;
  readonly #cluster: FakeCluster;

  constructor(cluster: FakeCluster, id: string, names: boolean) {
    this.#cluster = cluster;
    this.id = id;
    this.names = names;
    const { time, random } = cluster;
    time.after(random.below(100), () => void this.#come());
    time.every(INPUT_EVERY_MS, () => this.#send((room) => this.#move(room)));
    time.every(SAY_EVERY_MS + random.below(300), () => this.#send((room) => room.say(`${this.id}:${this.#said++}`)));
    time.every(PING_EVERY_MS, () => this.#ping());
  }

  /** Loses its connection: the room's end may learn of it later. */
  drop(): void {
    const { connection } = this;
    if (connection === undefined) return;
    this.#lose(connection);
    const { time, random } = this.#cluster;
    time.after(random.below(1_000), () => {
      if (connection.seat.line !== undefined && !connection.isOpen) this.#close(connection);
    });
  }

  #lose(connection: Connection): void {
    connection.isOpen = false;
    if (this.connection !== connection) return;
    this.connection = undefined;
    if (!this.isOut) this.#cluster.time.after(AWAY_MS, () => void this.#come());
  }

  /** The room's end of a connection that is lost, unless a newer one has its seat. */
  #close(connection: Connection): void {
    const line = this.#lines.get(connection);
    if (connection.seat.line !== line) return;
    connection.seat.line = undefined;
    connection.seat.state = { name: 'dropped', since: this.#cluster.time.now() };
  }

  readonly #lines = new WeakMap<Connection, Line>();

  /** Something on its way to the room: what is sent on a connection that ends meanwhile is lost. */
  #send(arrive: (room: FakeRoom) => void): void {
    const { connection } = this;
    if (connection === undefined) return;
    const { time, network } = this.#cluster;
    time.after(network.latency(), async () => {
      await Promise.all([connection.owner.process.running(), connection.entry.process.running()]);
      const isTaken = connection.isOpen && connection.seat.line === this.#lines.get(connection);
      if (isTaken && !connection.room.isElsewhere) arrive(connection.room);
    });
  }

  #move(room: FakeRoom): void {
    const input = ++this.#input;
    room.kept.inputs[this.id] = input;
    const { connection } = this;
    this.#cluster.time.after(this.#cluster.network.latency(), () => {
      if (connection?.isOpen && this.connection === connection) this.acknowledged = input;
    });
  }

  #ping(): void {
    const { connection } = this;
    if (connection === undefined || !connection.owner.process.isRunning) return;
    const { room, seat } = connection;
    const position = room.recovery.positionOf(seat, 0);
    const { time, network } = this.#cluster;
    connection.arrival = Math.max(connection.arrival, time.monotonic() + network.latency());
    time.after(connection.arrival + network.latency() - time.monotonic(), () => {
      if (position !== undefined && connection.isOpen) seat.acknowledged = Math.max(seat.acknowledged, position);
    });
  }

  async #come(): Promise<void> {
    if (this.#isComing || this.connection !== undefined || this.isOut) return;
    this.#isComing = true;
    const { time, network } = this.#cluster;
    const entry = this.#cluster.balance();
    const way =
      entry === undefined ? 'retry' : await Promise.race([this.#enter(entry), time.delay(CONNECT_TIMEOUT_MS)]);
    this.#isComing = false;
    if (way === 'out') {
      this.isOut = true;
      return;
    }
    if (way === undefined || way === 'retry') {
      time.after(AWAY_MS + network.latency(), () => void this.#come());
      return;
    }
    this.#sit(way);
  }

  async #enter(entry: FakeNode): Promise<'retry' | 'out' | Omit<Connection, 'isOpen' | 'arrival'>> {
    const { time, network, roomId } = this.#cluster;
    let node = entry;
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      await time.delay(network.latency());
      if (node.process.isDead) {
        if (node !== entry) entry.keeper.suspect(node.id);
        return 'retry';
      }
      await node.process.running();
      try {
        const way = await node.wayOf(this.#cluster.firstNode, roomId);
        const isRoom = way instanceof FakeRoom;
        if (!isRoom && way !== undefined) {
          const next = this.#cluster.nodes.get(way.id);
          if (next === undefined) return 'retry';
          node = next;
          continue;
        }
        const seat = isRoom ? way.seat(this.id) : undefined;
        if (!isRoom || seat === undefined) return 'out';
        return { room: way, seat, owner: node, entry };
      } catch {
        return 'retry';
      }
    }
    return 'retry';
  }

  #sit(found: Omit<Connection, 'isOpen' | 'arrival'>): void {
    const { room, seat, owner, entry } = found;
    if (room.isElsewhere || owner.process.isDead || entry.process.isDead) {
      this.#cluster.time.after(AWAY_MS, () => void this.#come());
      return;
    }
    const connection: Connection = { ...found, isOpen: true, arrival: 0 };
    this.connection = connection;
    const { time, network } = this.#cluster;
    const line: Line = {
      send: (message) => {
        connection.arrival = Math.max(connection.arrival, time.monotonic() + network.latency());
        time.after(connection.arrival - time.monotonic(), () => {
          if (connection.isOpen) this.#hear(message);
        });
      },
      end: () => {
        if (seat.line === line) this.#close(connection);
        // Behind what was sent before.
        time.after(Math.max(connection.arrival - time.monotonic(), 0) + 0.1, () => this.#lose(connection));
      },
    };
    this.#lines.set(connection, line);
    seat.named = this.names ? this.#last : undefined;
    room.connect(seat, line);
  }

  #hear(frame: Uint8Array): void {
    const { method, params, seq } = readMessage(frame);
    if (method === 'session.recovered') {
      if (params.recovered) return;
      // From here on it is to miss nothing; before it, it knows of nothing.
      this.heard.clear();
      this.from = params.last!.n;
      this.#last = params.last!;
      return;
    }
    const key = `${seq!.epoch}:${seq!.n}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      if (known !== params.text) this.faults.push(`${key} is "${known}" and "${params.text}"`);
      if (this.names) this.faults.push(`${key} came twice`);
      return;
    }
    this.#byKey.set(key, params.text!);
    this.everything.add(params.text!);
    this.heard.set(seq!.n, params.text!);
    this.#last = seq;
  }
}
