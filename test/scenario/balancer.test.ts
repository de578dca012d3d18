import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Client, type Room } from '@colyseus/sdk';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { signToken } from '../../src/gate/dev-issuer.ts';
import { rpc } from '../support/rpc.ts';

/** `npm run cluster`, as somebody runs it. */
const cluster = spawn(process.execPath, ['scripts/cluster.ts'], {
  env: { ...process.env, PORT: '0', NODE_ENV: 'development' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const pids: number[] = [];
const url = await addressOf(cluster);
afterAll(async () => {
  const ended = once(cluster, 'exit');
  cluster.kill('SIGTERM');
  await ended;
});

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the cluster ended with ${code}`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const pid = /\(pid (\d+)\)/.exec(line)?.[1];
      if (pid !== undefined) pids.push(Number(pid));
      const address = /The cluster is open at (\S+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
}

async function join(userId: string, { plain = false, create = false } = {}): Promise<Room> {
  // A balancer that knows no paths: the node's own path is taken out of the address, and any node gets it.
  const urlBuilder = (address: URL) => {
    if (plain) address.pathname = address.pathname.replace(/^\/n\d/, '');
    return address.toString();
  };
  const client = new Client(url, { urlBuilder });
  client.auth.token = signToken({ userId, tokenId: `${userId}-${Math.random()}` });
  const room = await (create ? client.create('world') : client.joinOrCreate('world'));
  room.onMessage('*', () => {});
  onTestFinished(async () => {
    if (room.connection.isOpen) await room.leave();
  });
  return room;
}

test('CN8 through the balancer players meet in one world, whichever node they reach, with and without paths', async () => {
  const rooms = [];
  for (const [i, userId] of ['ada', 'bob', 'cyd', 'dan', 'eve', 'fay'].entries()) {
    rooms.push(await join(userId, { plain: i % 2 === 1 }));
  }
  expect(new Set(rooms.map(({ roomId }) => roomId)).size).toBe(1);
  for (const room of rooms) await expect.poll(() => room.state?.players?.size).toBe(6);
});

test('CN9 when a node is killed the balancer sends nobody there, and new joins work at once', async () => {
  await join('ada');
  process.kill(pids[0]!, 'SIGKILL');
  // Until the system has closed its port: what it had still taken could not be answered.
  await expect.poll(() => isThere(pids[0]!)).toBe(false);
  // Ten in a row: round robin would have sent half of them to the dead one.
  for (let i = 0; i < 10; i++) {
    const room = await join(`late-${i}`, { plain: true, create: i % 2 === 0 });
    expect(await rpc(room, 'system.ping', {})).toMatchObject({ result: { at: expect.any(Number) } });
  }
  await expect.poll(async () => (await fetch(`${url}/health/ready`)).status).toBe(200);
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
