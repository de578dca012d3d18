import { Client, type Room } from '@colyseus/sdk';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { errors } from '../../schema/index.ts';
import { Cluster, type NodeProcess } from '../support/cluster.ts';
import { matchmake } from '../support/raw-client.ts';
import { rpc } from '../support/rpc.ts';

const cluster = await Cluster.start((end) => afterAll(end));
const [one, two] = [await cluster.node(), await cluster.node()];
const codes = new Set<number>(Object.values(errors).map(({ code }) => code));

async function join(
  node: NodeProcess,
  userId: string,
  roomName: string,
  method: 'joinOrCreate' | 'create' = 'joinOrCreate',
): Promise<Room> {
  const client = new Client(node.url);
  client.auth.token = cluster.token(userId);
  const room = await client[method](roomName);
  room.onMessage('*', () => {});
  onTestFinished(async () => {
    if (room.connection.isOpen) await room.leave();
  });
  return room;
}

const readiness = async (node: NodeProcess) => (await fetch(`${node.url}/health/ready`)).status;

/** Longer than the time to live of a node, so that each would be called dead by the others. */
const OUTAGE_MS = 8_000;

test.each(['redis', 'nats'] as const)(
  'CN10 while %s is away no node ends, no room is lost and no connection closed; afterwards all is right again',
  { timeout: 60_000 },
  async (name) => {
    const watchers = [await join(one, 'walt', 'lobby', 'create'), await join(two, 'wanda', 'lobby', 'create')];
    const players = [await join(one, 'ada', 'world'), await join(two, 'bob', 'world')];
    for (const watcher of watchers) {
      await expect.poll(() => watcher.state?.users?.get('bob')?.status).toBe('online');
    }
    const drops: number[] = [];
    for (const room of [...watchers, ...players]) room.onDrop((code) => drops.push(code));
    const sessions = players.map(({ sessionId }) => sessionId);

    await cluster[name].stop();
    for (const node of [one, two]) await expect.poll(() => readiness(node)).toBe(503);
    const until = Date.now() + OUTAGE_MS;
    while (Date.now() < until) {
      // The rooms go on; what needs the others fails from the catalogue or works.
      for (const room of players) {
        expect(await rpc(room, 'system.ping', {})).toMatchObject({ result: { at: expect.any(Number) } });
        const answer = await rpc(room, 'player.get', {});
        if (answer.error !== undefined) expect(codes).toContain(answer.error.code);
      }
      const joining = await matchmake(one.url, 'joinOrCreate/world', { token: cluster.token('late') });
      if (joining.status !== 200) expect(joining.body.code).toBe(errors.UNAVAILABLE.code);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await cluster[name].restart();

    for (const node of [one, two]) await expect.poll(() => readiness(node), { timeout: 10_000 }).toBe(200);
    const newcomer = await join(two, `new-${name}`, 'world');
    for (const watcher of watchers) {
      for (const userId of ['ada', 'bob', `new-${name}`]) {
        await expect.poll(() => watcher.state.users.get(userId)?.status).toBe('online');
      }
    }
    expect(newcomer.roomId).toBe(players[0]!.roomId);
    expect(drops).toEqual([]);
    expect(players.map(({ sessionId }) => sessionId)).toEqual(sessions);
    for (const { process } of [one, two]) expect([process.exitCode, process.signalCode]).toEqual([null, null]);
  },
);
