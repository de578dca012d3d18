/**
 * Prints what sessions, users and revocations cost in Redis, for docs/redis.md:
 * `node test/support/redis-sizes.ts redis://127.0.0.1:6379/15`. Uses the prefix `sizes:` and leaves nothing.
 */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { redisPorts } from '../../src/adapters/redis/index.ts';
import type { SessionRecord } from '../../src/ports/session-store.ts';

const COUNT = 10_000;
const url = process.argv[2] ?? 'redis://127.0.0.1:6379/15';
const ports = await redisPorts({ url, prefix: 'sizes:', capacity: COUNT });
const redis = new Redis(url);
const id = (bytes = 7) => randomBytes(bytes).toString('base64url').slice(0, 21);
const now = Date.now();

const records = Array.from(
  { length: COUNT },
  (_, i): SessionRecord => ({
    id: id(),
    userId: id(16),
    name: `Player ${i}`,
    role: 'player',
    roomId: `room-${i % 200}`,
    roomName: 'world',
    nodeId: `node-${i % 2}`,
    epoch: 1,
    state: 'online',
    joinedAt: now,
    updatedAt: now,
    expiresAt: now + 3_600_000,
    tokenId: id(16),
    issuedAt: now,
    lastSequence: 0,
    recoveryHash: randomBytes(32).toString('base64url'),
  }),
);

async function measure(what: string, work: (record: SessionRecord) => Promise<unknown>): Promise<void> {
  const before = await usedMemory();
  const begun = performance.now();
  for (let i = 0; i < COUNT; i += 500) await Promise.all(records.slice(i, i + 500).map(work));
  const ms = performance.now() - begun;
  const perThousand = ((await usedMemory()) - before) / COUNT;
  console.log(`${what}: ${perThousand.toFixed(0)} kB per 1,000; ${(ms / COUNT).toFixed(3)} ms each`);
}

async function usedMemory(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1]);
}

await measure('sessions', (record) => ports.sessions.create(record, 600_000));
await measure('users online', ({ id: sessionId, userId, name, roomName, nodeId }) =>
  ports.directory.add({ sessionId, userId, name, roomName, nodeId }, now),
);
await measure('revocations', ({ userId }) => ports.revocations.revoke({ kind: 'user', userId, until: now + 600_000 }));

const keys = await redis.keys('sizes:*');
for (let i = 0; i < keys.length; i += 1_000) await redis.unlink(...keys.slice(i, i + 1_000));
await ports.revocations.close();
await ports.connection.close();
redis.disconnect();
