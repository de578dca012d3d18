import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { signToken } from '../../src/gate/dev-issuer.ts';
import { NatsServer } from './nats-server.ts';
import { RedisServer, type RedisServerOptions } from './redis-server.ts';

/** One node in a process of its own, as `npm start` runs it. */
export interface NodeProcess {
  readonly url: string;
  readonly process: ChildProcess;
  /** Of its log, parsed. */
  readonly lines: Array<Record<string, unknown>>;
  /** By a signal, to its end. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** Redis, NATS, and as many nodes as are started. `onEnd` registers what ends each of them. */
export class Cluster {
  readonly redis: RedisServer;
  readonly nats: NatsServer;
  readonly nodes: NodeProcess[] = [];
  #tokens = 0;

  private constructor(redis: RedisServer, nats: NatsServer) {
    this.redis = redis;
    this.nats = nats;
  }

  static async start(
    onEnd: (end: () => Promise<void>) => void,
    { redis = {} }: { redis?: RedisServerOptions } = {},
  ): Promise<Cluster> {
    const cluster = new Cluster(await RedisServer.start(redis), await NatsServer.start());
    onEnd(async () => {
      await Promise.all(cluster.nodes.map((node) => node.end('SIGKILL')));
      await Promise.all([cluster.redis.stop(), cluster.nats.stop()]);
    });
    return cluster;
  }

  /** With the rooms of the module that `TEST_ROOMS` names, those of the game without it. */
  async node(env: Record<string, string> = {}): Promise<NodeProcess> {
    const program = env.TEST_ROOMS === undefined ? 'src/main.ts' : 'test/support/room-node.ts';
    const child = spawn(process.execPath, [program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'test',
        PORT: '0',
        REDIS_URL: `redis://127.0.0.1:${this.redis.port}`,
        NATS_URL: `nats://127.0.0.1:${this.nats.port}`,
        PRESENCE_GRACE: '0.5',
        JOIN_TIMEOUT: '5',
        ...env,
      },
    });
    const lines: NodeProcess['lines'] = [];
    const url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.startsWith('{')) lines.push(JSON.parse(line));
        const address = /Gatehouse is open at (\S+)/.exec(line)?.[1];
        if (address !== undefined) resolve(address);
      });
      child.once('exit', (code) => reject(new Error(`the node ended with ${code} before it was open`)));
    });
    const end: NodeProcess['end'] = async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    };
    const node = { url, process: child, lines, end };
    this.nodes.push(node);
    return node;
  }

  /** What Redis itself has of a room, past the platform. */
  room(roomId: string): Promise<Record<string, string>> {
    return this.ask((redis) => redis.hgetall(`gatehouse:room:${roomId}`));
  }

  async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.redis.port, '127.0.0.1');
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }

  /** Which of these nodes has a room. */
  async ownerOf(roomId: string, nodes: readonly NodeProcess[]): Promise<NodeProcess> {
    const { node } = await this.room(roomId);
    const record = await this.ask((redis) => redis.hget(`gatehouse:node:${node}`, 'record'));
    const { address } = JSON.parse(record!) as { address: string };
    return nodes.find(({ url }) => url.endsWith(address))!;
  }

  /** Has a room moved by an admin, at the node that has it. */
  async move(node: NodeProcess, roomId: string, to?: string): Promise<boolean> {
    const response = await fetch(`${node.url}/v1/admin/rooms/${roomId}/move`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.token('olga', 'admin')}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(to === undefined ? {} : { to }),
    });
    return ((await response.json()) as { moved: boolean }).moved;
  }

  token(userId: string, role?: string): string {
    return signToken({ userId, name: userId.toUpperCase(), role, tokenId: `cluster-${this.#tokens++}` });
  }
}
