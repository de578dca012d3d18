import { FakeCluster } from './FakeCluster.ts';
import { type Fault, LAST_FAULT_MS, scheduleOf } from './schedule.ts';

const PLAYERS = 5;
/** In which a restarted node comes. */
const RESTART_MS = 1_500;
/** In which all must be right again: a move may wait a minute for the store. */
const CALM_MS = 20_000;

export interface Outcome {
  readonly problems: string[];
  /** Of the room, in the end: how often it changed its owner. */
  readonly epoch: number;
  /** Warnings of all nodes, in order. */
  readonly log: string[];
}

/** Plays the schedule of a seed; resolves with what is wrong afterwards, which is nothing. */
export async function run(seed: number): Promise<Outcome> {
  const { isGentle, nodes, faults } = scheduleOf(seed);
  const cluster = new FakeCluster(seed);
  await cluster.open(nodes, PLAYERS);
  for (const fault of faults) {
    await cluster.time.runUntil(fault.atMs);
    apply(cluster, fault);
  }
  await cluster.time.runUntil(LAST_FAULT_MS + 8_000 + CALM_MS);
  return {
    epoch: cluster.owner()?.rooms.get(cluster.roomId)?.epoch ?? 0,
    problems: problemsOf(cluster, {
      isGentle,
      keepsWords: faults.every(({ kind }) => kind !== 'storeAway' && kind !== 'pause'),
    }),
    log: [...cluster.nodes.values()]
      .flatMap(({ log }) => log)
      .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
  };
}

function apply(cluster: FakeCluster, { kind, who, forMs }: Fault): void {
  const { time, network } = cluster;
  const running = cluster.standing().filter(({ process }) => process.isRunning);
  const ready = running.filter(({ state }) => state === 'ready');
  // More often the one that has the room.
  const owner = cluster.owner();
  const node = who % 3 !== 0 && owner?.process.isRunning ? owner : running[who % running.length];
  const others = ready.filter((other) => other !== node);
  if (kind === 'drop') cluster.players[who % PLAYERS]!.drop();
  // Somebody is left: two nodes that die at once are not promised.
  if (node === undefined || (others.length === 0 && kind !== 'move')) return;
  if (kind === 'kill') {
    cluster.kill(node);
    time.after(RESTART_MS, () => cluster.start());
  } else if (kind === 'pause') {
    cluster.pause(node);
    time.after(forMs, () => node.process.resume());
  } else if (kind === 'move') {
    const room = node.rooms.get(cluster.roomId);
    if (room !== undefined) void node.mover.move(room);
  } else if (kind === 'end' && node.state === 'ready') {
    void node.end();
    time.after(RESTART_MS, () => cluster.start());
  } else if (kind === 'storeAway') {
    network.storeIsAway = true;
    time.after(forMs, () => {
      network.storeIsAway = false;
    });
  } else if (kind === 'busAway') {
    network.busIsAway = true;
    time.after(forMs, () => {
      network.busIsAway = false;
    });
  }
}

interface Promised {
  /** No input that was acknowledged is lost. */
  readonly isGentle: boolean;
  /** Nothing that somebody heard is lost, also not with a killed node. */
  readonly keepsWords: boolean;
}

function problemsOf(cluster: FakeCluster, { isGentle, keepsWords }: Promised): string[] {
  const problems = [...cluster.faults];
  const owners = cluster.standing().filter(({ rooms }) => rooms.has(cluster.roomId));
  const room = owners[0]?.rooms.get(cluster.roomId);
  if (owners.length !== 1 || room === undefined) {
    problems.push(`the room is at ${owners.map(({ id }) => id).join(' and ') || 'no node'}`);
  }
  for (const player of cluster.players) {
    const { id, faults, heard, from, connection } = player;
    problems.push(...faults.map((fault) => `${id}: ${fault}`));
    if (player.isOut) problems.push(`${id} was told that the seat is gone`);
    else if (room === undefined || connection?.room !== room) problems.push(`${id} is not back`);
    if (room === undefined) continue;
    // What is on its way now.
    const last = room.recovery.journal.last - PLAYERS;
    for (let n = from + 1; n <= last; n++) {
      if (!heard.has(n)) problems.push(`${id} has not heard ${n}`);
      else if (heard.get(n) !== room.kept.said[n - 1])
        problems.push(`${id} heard "${heard.get(n)}" as ${n}, which is "${room.kept.said[n - 1]}"`);
    }
    const words = new Set(room.kept.said);
    const lost = [...player.everything].filter((text) => !words.has(text));
    if (keepsWords && lost.length > 0) problems.push(`${id} heard what nobody said: ${lost.join(', ')}`);
    const applied = room.kept.inputs[id] ?? 0;
    if (isGentle && applied < player.acknowledged)
      problems.push(`${id}: input ${player.acknowledged} was acknowledged, ${applied} is there`);
  }
  return problems;
}
