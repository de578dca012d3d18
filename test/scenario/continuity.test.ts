/** Real nodes, Redis, NATS and HAProxy, and unmodified SDK clients that walk and talk: what they notice of what befalls a node. */
import { Client } from '@colyseus/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { Front } from '../support/front.ts';
import { Resident, settle } from '../support/Resident.ts';

const [WORLDS, PLAYERS] = [4, 40];

const cluster = await Cluster.start((end) => afterAll(end));
const front = await Front.open(cluster, (end) => afterAll(end));
const everybody: Resident[] = [];
const byWorld = () => Map.groupBy(everybody, ({ room }) => room.roomId);

beforeAll(async () => {
  await front.start(0);
  const founders = [];
  for (let i = 0; i < WORLDS; i++) {
    const client = new Client(front.node(0).url, { urlBuilder: direct });
    client.auth.token = cluster.token(`founder-${i}`);
    founders.push(await client.create('world'));
  }
  await front.start(1);
  for (let i = 0; i < PLAYERS; i++) {
    everybody.push(await Resident.enter(front.url, cluster.token(`player-${i}`), founders[i % WORLDS]!.roomId));
  }
  await Promise.all(founders.map((founder) => founder.leave()));
  await settle(everybody, PLAYERS / WORLDS);
}, 60_000);

afterAll(async () => {
  await Promise.all(everybody.map((resident) => resident.leave()));
  await Promise.all(cluster.nodes.map((node) => node.end('SIGKILL')));
});

test("CY15 worlds that are moved while forty play: everybody stays, with the same objects and no false callback; nothing acknowledged is lost, nothing said is lost or heard twice, every state is the server's", {
  timeout: 60_000,
}, async () => {
  const notice = watch();
  const moved = [...byWorld().keys()].map((roomId) => cluster.move(front.node(0), roomId));
  expect(await Promise.all(moved)).toEqual(Array(WORLDS).fill(true));
  await notice.back(1);
  await allIsWell({ loses: false });
  notice.end();
});

test("CY16 the node that has the worlds is killed while forty play: everybody is back in the same room and seat, with the same objects, no false callback and the server's state", {
  timeout: 60_000,
}, async () => {
  const which = await owner();
  const notice = watch();
  await front.node(which).end('SIGKILL');
  await notice.back(1);
  for (const resident of everybody) resident.forgive();
  await allIsWell({ loses: true });
  notice.end();
  await front.start(which);
});

test('CY17 every node is restarted, one after the other, while forty play: everybody stays, nothing acknowledged is lost, nothing said is lost or heard twice', {
  timeout: 90_000,
}, async () => {
  const notice = watch();
  for (const resident of everybody) resident.forgive();
  for (const which of [0, 1] as const) {
    const node = front.node(which);
    const had = (await owner()) === which;
    const before = everybody.map(({ returns }) => returns);
    await node.end('SIGTERM');
    expect(node.process.exitCode).toBe(0);
    if (had) {
      for (const [i, resident] of everybody.entries()) {
        await expect.poll(() => resident.returns, { timeout: 20_000 }).toBeGreaterThan(before[i]!);
      }
    }
    await front.start(which);
    await expect.poll(async () => (await fetch(`${node.url}/health/ready`).catch(() => undefined))?.status).toBe(200);
  }
  await allIsWell({ loses: false });
  notice.end();
});

/** A founder's socket goes to the node itself: it is not counted among those whom HAProxy has. */
function direct(address: URL): string {
  const url = new URL(front.node(0).url);
  url.protocol = address.protocol;
  url.pathname = address.pathname.replace(/^\/n\d/, '');
  url.search = address.search;
  return url.toString();
}

/** Of the first world: which of the nodes. */
async function owner(): Promise<0 | 1> {
  const node = await cluster.ownerOf(everybody[0]!.room.roomId, [front.node(0), front.node(1)]);
  return node === front.node(0) ? 0 : 1;
}

/** Remembers everybody as they are now; `end` compares. */
function watch() {
  const before = everybody.map(({ room, own, told, returns }) => {
    told.length = 0;
    const others = [...room.state.players].map(([id, player]) => [id, player] as const);
    return { roomId: room.roomId, sessionId: room.sessionId, own, others, returns };
  });
  return {
    async back(times: number): Promise<void> {
      for (const [i, resident] of everybody.entries()) {
        await expect.poll(() => resident.returns, { timeout: 20_000 }).toBe(before[i]!.returns + times);
      }
    },
    end(): void {
      for (const [i, { room, own, told, ends }] of everybody.entries()) {
        const was = before[i]!;
        expect(ends).toEqual([]);
        expect([room.roomId, room.sessionId]).toEqual([was.roomId, was.sessionId]);
        expect(own).toBe(was.own);
        for (const [id, player] of was.others) expect(room.state.players.get(id)).toBe(player);
        expect(told).toEqual([]);
      }
    },
  };
}

/** Life goes on for everybody, and nobody has missed anything. */
async function allIsWell({ loses }: { loses: boolean }): Promise<void> {
  const goesOn = async ({ room, answered, checks }: Resident) => {
    const [words, good, tick] = [answered.length, checks.good, room.state.tick];
    await expect.poll(() => answered.length).toBeGreaterThan(words);
    await expect.poll(() => checks.good).toBeGreaterThan(good + 1);
    await expect.poll(() => room.state.tick).toBeGreaterThan(tick);
  };
  await Promise.all(everybody.map(goesOn));
  // Some stand before a wall.
  const begin = everybody.map(({ own }) => own!.x);
  const walking = () => everybody.filter(({ own }, i) => own!.x > begin[i]!).length;
  await expect.poll(walking).toBeGreaterThan(PLAYERS / 2);
  for (const neighbours of byWorld().values()) {
    const all = neighbours.flatMap(({ answered }) => answered);
    for (const { heard, contradictions, checks, setbacks } of neighbours) {
      if (!loses) {
        await expect.poll(() => all.filter((text) => ![...heard.values()].includes(text))).toEqual([]);
        expect(setbacks).toBe(0);
      }
      expect(contradictions).toEqual([]);
      expect(checks.bad).toBe(0);
    }
  }
  // What a crash has lost is lost; from here on nothing is.
  for (const { heard, answered } of loses ? everybody : []) {
    heard.clear();
    answered.length = 0;
  }
}
