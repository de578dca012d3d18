/** `npm start | head`, or a log collector that died or stands still: the server as a process of its own. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';

type Child = ChildProcessByStdio<null, Readable, null>;

async function start(): Promise<{ child: Child; url: string }> {
  const child = spawn(process.execPath, ['src/main.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, PORT: '0', NODE_ENV: 'test', LOG_LEVEL: 'info' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was open`)));
    lines.on('line', (line) => {
      const address = /Gatehouse is open at (\S+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  lines.close(); // Reads no more; what comes waits.
  child.removeAllListeners('exit');
  return { child, url };
}

/** Each is refused, and a line of the log. */
async function refusedJoins(url: string, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 100) {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => fetch(`${url}/matchmake/joinOrCreate/world`, { method: 'POST' })),
    );
    for (const answer of answers) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      await answer.body?.cancel();
    }
  }
}

/** How it ends when it is told to: `[code, signal]`. */
async function endOf(child: Child): Promise<unknown[]> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  return ended;
}

test('OP7 a server whose log nobody reads any more ends when it is told to', async () => {
  const { child } = await start();
  child.stdout.destroy();
  // Its first line that nobody reads is the one that it writes now.
  expect(await endOf(child)).toEqual([0, null]);
});

test('OP7 a server whose log nobody reads any more serves on, and ends when it is told to', async () => {
  const { child, url } = await start();
  child.stdout.destroy();
  await refusedJoins(url, 200);
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect(await endOf(child)).toEqual([0, null]);
});

test('OP7 a server whose log is read too slowly serves on, and ends when it is told to', async () => {
  const { child, url } = await start();
  child.stdout.pause();
  // Half a megabyte and more: beyond what the system keeps for a reader.
  await refusedJoins(url, 4_000);
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect(await endOf(child)).toEqual([0, null]);
});
