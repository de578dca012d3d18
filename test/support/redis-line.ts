import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { RedisServer } from './redis-server.ts';

/** A line to Redis that can go dead without a word, as one through a broken router does. */
export interface RedisLine {
  readonly url: string;
  /** What is connected now hears nothing any more and is not told; what connects later is fine. */
  goDead(): void;
  /** Whoever is connected is cut, and whoever connects, until it is mended. */
  refuse(): void;
  mend(): void;
  /** How often somebody was refused. */
  readonly refused: number;
}

/** Ends with the test. */
export async function lineTo(server: RedisServer): Promise<RedisLine> {
  const ends = new Set<Socket>();
  let refuses = false;
  let refused = 0;
  const relay = createServer({ allowHalfOpen: true }, (near) => {
    if (refuses) {
      refused += 1;
      near.destroy();
      return;
    }
    const far = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  onTestFinished(() => {
    for (const end of ends) end.destroy();
    relay.close();
  });
  return {
    url: `redis://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    goDead() {
      for (const end of ends) end.unpipe().pause();
    },
    refuse() {
      refuses = true;
      for (const end of ends) end.destroy();
      ends.clear();
    },
    get refused() {
      return refused;
    },
    mend() {
      refuses = false;
    },
  };
}
