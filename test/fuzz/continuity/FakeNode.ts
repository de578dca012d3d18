import { pino } from 'pino';
import { subjectOfNode } from '../../../schema/bus/subjects.ts';
import { RoomKeeper } from '../../../src/cluster/RoomKeeper.ts';
import { RoomMover } from '../../../src/cluster/RoomMover.ts';
import { fail } from '../../../src/fail.ts';
import { Counters } from '../../../src/ops/Counters.ts';
import type { NodeRecord } from '../../../src/ports/nodes.ts';
import type { FakeCluster } from './FakeCluster.ts';
import { FakeProcess } from './FakeProcess.ts';
import { FakeRoom } from './FakeRoom.ts';

const SNAPSHOT_EVERY_MS = 1_000;

/** One node: the real keeper and mover of rooms in a process of the model. */
export class FakeNode {
  readonly id: string;
  readonly process: FakeProcess;
  readonly rooms = new Map<string, FakeRoom>();
  readonly keeper: RoomKeeper<FakeRoom>;
  readonly mover: RoomMover<FakeRoom>;
  readonly log: string[] = [];
  state: NodeRecord['state'] = 'ready';
  /** Of the registry: when it was heard of last. */
  heardAt: number;
  /** What it knew of the others when it could ask last. */
  #known: readonly NodeRecord[] = [];
  readonly #cluster: FakeCluster;

  constructor(cluster: FakeCluster, id: string) {
    this.#cluster = cluster;
    this.id = id;
    const { time, network } = cluster;
    this.process = new FakeProcess(time);
    this.heardAt = time.monotonic();
    const { clock } = this.process;
    const counters = new Counters();
    const log = pino(
      { level: 'warn' },
      { write: (line) => this.log.push(`${Math.round(time.monotonic())} ${id} ${line.trim()}`) },
    );
    this.keeper = new RoomKeeper<FakeRoom>({
      nodeId: id,
      store: network.storeOf(this.process),
      clock,
      counters,
      log,
      everyMs: SNAPSHOT_EVERY_MS,
      maxBytes: 1 << 22,
      nodeOf: async (wanted) =>
        this.#known.find((node) => node.id === wanted) ?? (await this.#ask()).find((node) => node.id === wanted),
      host: {
        snapshotOf: (room, options) => room.snapshot(options),
        has: (roomId) => this.rooms.has(roomId),
        make: (_name, roomId) => this.#make(roomId),
        abandon: (room) => this.#abandon(room),
      },
    });
    const bus = {
      request: (subject: string, payload: unknown, timeoutMs: number) =>
        network.request(this.process, subject, payload, timeoutMs),
      serve: async (subject: string, _group: string, handler: (payload: unknown) => unknown) => {
        network.serve(subject, this.process, handler);
        return { unsubscribe: async () => {} };
      },
    };
    this.mover = new RoomMover<FakeRoom>({
      nodeId: id,
      keeper: this.keeper,
      bus: bus as never,
      clock,
      counters,
      log,
      nodes: () => this.#ask(),
    });
    void this.mover.open();
    clock.every(1_000, () => void this.#beat());
    void this.#beat();
  }

  get subject(): string {
    return subjectOfNode(this.id, 'adopt');
  }

  /** A new room, with a seat for each of these. */
  async found(roomId: string, players: readonly string[]): Promise<void> {
    const room = new FakeRoom(roomId, this.#cluster.time);
    for (const id of players) room.sit(id);
    this.rooms.set(roomId, room);
    this.#cluster.lives(room, this);
    await this.keeper.opened(room);
    await this.keeper.save(room);
  }

  /** As the transport does with a connection: where does it go? @throws UNAVAILABLE */
  async wayOf(byPath: string, roomId: string): Promise<FakeRoom | NodeRecord | undefined> {
    const here = this.rooms.get(roomId);
    if (here !== undefined && (await this.keeper.keeps(here))) return here;
    const way = await this.keeper.find(byPath, roomId);
    return way === undefined || way === 'here' ? this.rooms.get(roomId) : way;
  }

  /** As SIGTERM: hands its rooms over, and ends. */
  async end(): Promise<void> {
    this.state = 'draining';
    await this.keeper.stopTaking();
    await this.mover.drain();
    this.#cluster.gone(this);
  }

  async #make(roomId: string): Promise<void> {
    const { time, network, random } = this.#cluster;
    await time.delay(network.latency());
    await this.process.running();
    const room = new FakeRoom(roomId, time);
    room.restore(this.keeper.restorationOf(roomId)!);
    await this.keeper.opened(room);
    await time.delay(network.latency());
    await this.process.running();
    // Its listing cannot be written.
    if (network.storeIsAway && random.chance(0.9)) throw fail('UNAVAILABLE');
    this.rooms.set(roomId, room);
    this.#cluster.lives(room, this);
  }

  async #abandon(room: FakeRoom): Promise<void> {
    const { time, random } = this.#cluster;
    for (const { line } of room.recovery.members()) line?.end();
    await time.delay(random.below(30));
    await this.process.running();
    if (this.rooms.get(room.roomId) === room) this.rooms.delete(room.roomId);
  }

  async #ask(): Promise<readonly NodeRecord[]> {
    const { time, network } = this.#cluster;
    await time.delay(network.latency());
    await this.process.running();
    if (network.storeIsAway) throw fail('UNAVAILABLE');
    return this.#cluster.alive();
  }

  /** As `Nodes` does: tells that it is there, and looks after those that are not. */
  async #beat(): Promise<void> {
    try {
      await this.#ask();
      this.heardAt = this.#cluster.time.monotonic();
      this.#known = await this.#ask();
      for (const dead of this.#cluster.toCleanUp()) {
        try {
          await this.keeper.restoreRoomsOf(dead.id);
        } catch {
          dead.isCleaned = false;
        }
      }
    } catch {
      // With the next.
    }
  }

  isCleaned = false;
}
