import type { NodeRecord } from '../../../src/ports/nodes.ts';
import { Seeded } from '../../support/seeded-random.ts';
import { FakeNetwork } from './FakeNetwork.ts';
import { FakeNode } from './FakeNode.ts';
import { FakePlayer } from './FakePlayer.ts';
import type { FakeRoom } from './FakeRoom.ts';
import { VirtualTime } from './VirtualTime.ts';

const NODE_TTL_MS = 3_000;
/** How soon a balancer, or the node between, cuts the connections of a node that hangs. */
const CUT_MS = 5_000;

/** Nodes, a store, a bus and players, in one process and in virtual time. */
export class FakeCluster {
  readonly time = new VirtualTime();
  readonly random: Seeded;
  readonly network: FakeNetwork;
  readonly roomId = 'room';
  readonly nodes = new Map<string, FakeNode>();
  readonly players: FakePlayer[] = [];
  readonly faults: string[] = [];
  /** Whose path the players know. */
  firstNode = '';
  /** Who had the room under each epoch. */
  readonly #owners = new Map<number, FakeNode>();
  #names = 0;
  #turn = 0;

  constructor(seed: number) {
    this.random = new Seeded(seed);
    this.network = new FakeNetwork(this.time, this.random);
  }

  async open(nodes: number, players: number): Promise<void> {
    for (let i = 0; i < nodes; i++) this.start();
    const ids = Array.from({ length: players }, (_, i) => `p${i}`);
    const first = [...this.nodes.values()][0]!;
    this.firstNode = first.id;
    void first.found(this.roomId, ids);
    await this.time.runUntil(100);
    for (const [i, id] of ids.entries()) this.players.push(new FakePlayer(this, id, i % 2 === 0));
  }

  start(): FakeNode {
    const node = new FakeNode(this, `n${++this.#names}`);
    this.nodes.set(node.id, node);
    return node;
  }

  /** Those that are not dead, with or without a pulse. */
  standing(): FakeNode[] {
    return [...this.nodes.values()].filter(({ process }) => !process.isDead);
  }

  owner(): FakeNode | undefined {
    return this.standing().find((node) => node.rooms.has(this.roomId) && !node.rooms.get(this.roomId)!.isElsewhere);
  }

  kill(node: FakeNode): void {
    node.process.kill();
    this.#cut(node);
  }

  pause(node: FakeNode): void {
    node.process.pause();
    this.time.after(CUT_MS, () => {
      if (!node.process.isRunning) this.#cut(node);
    });
  }

  /** It has ended in order: nobody has to clean up after it. */
  gone(node: FakeNode): void {
    node.isCleaned = true;
    node.heardAt = Number.NEGATIVE_INFINITY;
    this.kill(node);
  }

  lives(room: FakeRoom, node: FakeNode): void {
    const other = this.#owners.get(room.epoch);
    if (other !== undefined) this.faults.push(`epoch ${room.epoch} is of ${other.id} and of ${node.id}`);
    this.#owners.set(room.epoch, node);
  }

  alive(): NodeRecord[] {
    const since = this.time.monotonic() - NODE_TTL_MS;
    const live = [...this.nodes.values()].filter(({ heardAt }) => heardAt > since);
    return live.map(({ id, state }) => {
      return { id, incarnation: id, address: id, version: '0', state, rooms: 0, connections: 0, startedAt: 0 };
    });
  }

  /** Each is given to one of those who ask. */
  *toCleanUp(): IterableIterator<FakeNode> {
    const since = this.time.monotonic() - NODE_TTL_MS;
    for (const node of this.nodes.values()) {
      if (node.isCleaned || node.heardAt > since) continue;
      node.isCleaned = true;
      yield node;
    }
  }

  /** The next node in turn, as a balancer takes it: one that hangs it may not know of. */
  balance(): FakeNode | undefined {
    const standing = this.standing();
    return standing[this.#turn++ % standing.length];
  }

  #cut(node: FakeNode): void {
    for (const player of this.players) {
      if (player.connection?.owner === node || player.connection?.entry === node) player.drop();
    }
  }
}
