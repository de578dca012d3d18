/** Nodes are killed, told to end and started again, Redis and NATS go away, rooms move and sockets are lost, one while the other lasts. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { Front } from '../support/front.ts';
import { Guest } from '../support/Guest.ts';
import { Seeded } from '../support/seeded-random.ts';
import { savedOnceMore } from '../support/shelter.ts';

const [PLAYERS, WORLDS, STEPS] = [12, 2, 14];
const CUT = 4;

/** The first two each put everybody out once: by a node that started as Redis came back, by one that ended without it. */
const seeds = process.env.SEED === undefined ? [7, 8] : [Number(process.env.SEED)];

const cluster = await Cluster.start((end) => afterAll(end), { redis: { keep: true } });
const front = await Front.open(cluster, (end) => afterAll(end));

/** One thing after the other, each without waiting for the last one to be over. */
class Storm {
  /** What happened, for whoever reads why it went wrong. */
  readonly trail: string[] = [];
  readonly #random: Seeded;
  readonly #guests: readonly Guest[];
  readonly #began = performance.now();
  readonly #isUp = [true, true];
  /** Of Redis and NATS, while one of them is away. */
  #outage: Promise<void> | undefined;
  readonly #restarts: Array<Promise<void>> = [];

  constructor(random: Seeded, guests: readonly Guest[]) {
    this.#random = random;
    this.#guests = guests;
  }

  async blow(): Promise<void> {
    const random = this.#random;
    for (let step = 0; step < STEPS; step++) {
      const which = random.below(2) as 0 | 1;
      const kind = random.below(100);
      if (kind < 45) this.#end(which, kind < 25 ? 'SIGKILL' : 'SIGTERM', random.below(4_000));
      else if (kind < 60) await this.#away('redis', random.below(6_000));
      else if (kind < 72) await this.#away('nats', random.below(4_000));
      else if (kind < 88) this.#move(which, random.pick(this.#guests).seat.roomId);
      else this.#cut(Array.from({ length: CUT }, () => random.pick(this.#guests)));
      await pause(300 + random.below(4_000));
    }
    await Promise.all(this.#restarts);
    this.#note('calm');
  }

  /** Never both nodes: somebody is to be there. */
  #end(which: 0 | 1, signal: 'SIGKILL' | 'SIGTERM', afterMs: number): void {
    if (!this.#isUp[0] || !this.#isUp[1]) return;
    this.#note(`${signal} to n${which + 1}`);
    this.#isUp[which] = false;
    const restarted = (async () => {
      await front.node(which).end(signal);
      await pause(afterMs);
      await this.#start(which);
      this.#isUp[which] = true;
      this.#note(`n${which + 1} is back`);
    })();
    this.#restarts.push(restarted);
  }

  /** As who supervises it does: again and again. */
  async #start(which: 0 | 1): Promise<void> {
    for (let attempt = 0; attempt < 20; attempt++) {
      await this.#outage;
      const isUp = await front.start(which).then(
        () => true,
        () => false,
      );
      if (isUp) return;
      this.#note(`n${which + 1} does not start`);
      await front.node(which).end('SIGKILL');
    }
    throw new Error('a node does not start any more');
  }

  async #away(name: 'redis' | 'nats', ms: number): Promise<void> {
    this.#note(`${name} is away for ${ms} ms`);
    this.#outage = (async () => {
      await cluster[name].stop();
      await pause(ms);
      await cluster[name].restart();
    })();
    await this.#outage;
    this.#note(`${name} is back`);
  }

  #move(which: 0 | 1, roomId: string): void {
    if (!this.#isUp[which]) return;
    this.#note(`move ${roomId} at n${which + 1}`);
    cluster.move(front.node(which), roomId).catch(() => {});
  }

  #cut(guests: readonly Guest[]): void {
    this.#note(`cut ${guests.map(({ name }) => name)}`);
    for (const { connection } of guests) connection.room.connection.close(4010);
  }

  #note(line: string): void {
    this.trail.push(`${((performance.now() - this.#began) / 1_000).toFixed(1)} s: ${line}`);
  }
}

test.each(seeds)(
  'FZ10 seed %i: through a storm of them players of the kit stay in their room and seat',
  {
    timeout: 240_000,
  },
  async (seed) => {
    for (const which of [0, 1] as const) await front.start(which);
    const guests: Guest[] = [];
    onTestFinished(async () => {
      await Promise.all(guests.map((guest) => guest.leave()));
      await Promise.all(cluster.nodes.map((node) => node.end('SIGKILL')));
    });
    for (let i = 0; i < PLAYERS; i++) {
      const name = `guest-${seed}-${i}`;
      guests.push(
        await Guest.enter({ url: front.url, name, token: () => cluster.token(name) }, guests[i % WORLDS]?.seat.roomId),
      );
      if (i < WORLDS) expect(new Set(guests.map(({ seat }) => seat.roomId)).size).toBe(guests.length);
    }
    // Who has joined a moment ago is in no snapshot yet.
    for (const roomId of new Set(guests.map(({ seat }) => seat.roomId))) await savedOnceMore(cluster, roomId);
    for (const guest of guests) guest.talk();
    const storm = new Storm(new Seeded(seed), guests);
    await storm.blow();
    console.log(`SEED=${seed}\n${storm.trail.join('\n')}`);

    for (const guest of guests) {
      guest.fallSilent();
      await expect.poll(() => guest.isWell || guest.problems, { timeout: 60_000 }).toBe(true);
    }
    const last = (guest: Guest) => `${guest.name} says goodbye`;
    for (const guest of guests) await eventually(() => guest.say(last(guest)));
    for (const guest of guests) {
      const neighbours = guests.filter(({ seat }) => seat.roomId === guest.seat.roomId);
      await expect.poll(() => neighbours.filter((other) => !guest.heard.has(last(other)))).toEqual([]);
      expect(guest.connection.state.players.size).toBe(PLAYERS / WORLDS);
      const missed = neighbours.flatMap(({ answered }) => answered.filter((text) => !guest.heard.has(text)));
      if (!guest.wasTold) expect(missed).toEqual([]);
      expect(guest.problems).toEqual([]);
    }
  },
);
