/** What `continuity.test.ts` plays in a model, with real nodes, Redis, NATS, HAProxy and unmodified SDK clients. */
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from '@colyseus/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { Front } from '../support/front.ts';
import { Resident, settle } from '../support/Resident.ts';
import { Seeded, seed } from '../support/seeded.ts';

const [WORLDS, PLAYERS, SCHEDULES, FAULTS] = [2, 12, 6, 4];

const cluster = await Cluster.start((end) => afterAll(end), { redis: { keep: true } });
const front = await Front.open(cluster, (end) => afterAll(end));
const everybody: Resident[] = [];

beforeAll(async () => {
  await Promise.all([front.start(0), front.start(1)]);
  const worlds: string[] = [];
  for (let i = 0; i < PLAYERS; i++) {
    if (i < WORLDS) {
      const client = new Client(front.url);
      client.auth.token = cluster.token(`founder-${i}`);
      const founder = await client.create('world');
      worlds.push(founder.roomId);
      everybody.push(await Resident.enter(front.url, cluster.token(`player-${i}`), founder.roomId));
      await founder.leave();
    } else {
      everybody.push(await Resident.enter(front.url, cluster.token(`player-${i}`), worlds[i % WORLDS]!));
    }
  }
  await settle(everybody, PLAYERS / WORLDS);
}, 60_000);

afterAll(async () => {
  await Promise.all(everybody.map((resident) => resident.leave()));
  await Promise.all(cluster.nodes.map((node) => node.end('SIGKILL')));
});

interface Fault {
  readonly kind: 'drop' | 'kill' | 'pause' | 'move' | 'end' | 'storeAway';
  readonly who: number;
  readonly forMs: number;
  readonly afterMs: number;
}

test.each(Array.from({ length: SCHEDULES }, (_, i) => seed + i))(
  'FZ9 seed %i, over real processes',
  { timeout: 90_000 },
  async (each) => {
    const random = new Seeded(each);
    const kinds: ReadonlyArray<Fault['kind']> = ['drop', 'kill', 'pause', 'move', 'end', 'storeAway'];
    const faults = Array.from({ length: FAULTS }, (): Fault => {
      return {
        kind: random.pick(kinds),
        who: random.below(PLAYERS),
        forMs: 200 + random.below(5_000),
        afterMs: random.below(1_500),
      };
    });
    // Said when it fails: what is to be repeated.
    console.log(`SEED=${each} ${JSON.stringify(faults)}`);
    const before = everybody.map(({ room, own }) => ({ roomId: room.roomId, own }));
    for (const fault of faults) {
      await pause(fault.afterMs);
      await suffer(fault);
    }
    await Promise.all(everybody.map(goesOn));
    for (const [i, { room, own, sessionId, ends, checks, contradictions }] of everybody.entries()) {
      expect(ends).toEqual([]);
      expect({ sessionId: room.sessionId, roomId: room.roomId }).toEqual({ sessionId, roomId: before[i]!.roomId });
      expect(own).toBe(before[i]!.own);
      expect(checks.bad).toBe(0);
      expect(contradictions).toEqual([]);
    }
    const owned = cluster.nodes.flatMap(({ lines }) =>
      lines.filter(({ msg }) => msg === 'room restored').map(({ room, epoch }) => `${room} ${epoch}`),
    );
    expect(owned).toEqual([...new Set(owned)]);
  },
);

/** Resolves when it is over but for what it has left behind: both nodes are there, and may still be finding each other. */
async function suffer({ kind, who, forMs }: Fault): Promise<void> {
  const { room } = everybody[who]!;
  const which = (who % 2) as 0 | 1;
  const node = front.node(which);
  if (kind === 'drop') room.connection.close(4010);
  if (kind === 'kill' || kind === 'end') {
    await node.end(kind === 'kill' ? 'SIGKILL' : 'SIGTERM');
    await front.start(which);
  }
  if (kind === 'pause') {
    node.process.kill('SIGSTOP');
    await pause(forMs);
    node.process.kill('SIGCONT');
  }
  if (kind === 'storeAway') {
    cluster.redis.freeze();
    await pause(forMs);
    cluster.redis.thaw();
  }
  // At both: one of them has it, or none for a moment.
  if (kind === 'move')
    await Promise.all([cluster.move(front.node(0), room.roomId), cluster.move(front.node(1), room.roomId)]);
}

async function goesOn({ room, answered, checks }: Resident): Promise<void> {
  const wait = { timeout: 30_000 };
  await expect.poll(() => room.connection.isOpen, wait).toBe(true);
  const [words, good, tick] = [answered.length, checks.good, room.state.tick];
  await expect.poll(() => answered.length, wait).toBeGreaterThan(words);
  await expect.poll(() => checks.good, wait).toBeGreaterThan(good + 1);
  await expect.poll(() => room.state.tick, wait).toBeGreaterThan(tick);
}
