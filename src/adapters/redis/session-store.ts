import { fail } from '../../fail.ts';
import type { SessionPatch, SessionRecord, SessionStore } from '../../ports/session-store.ts';
import type { RedisConnection } from './connection.ts';
import { createScript, deleteScript, findScript, updateScript } from './session-scripts.ts';

/** How each field is written. `null` is no field at all. */
const FIELDS = {
  id: 'text',
  userId: 'text',
  name: 'text',
  role: 'text',
  roomId: 'text',
  roomName: 'text',
  nodeId: 'text',
  epoch: 'number',
  state: 'text',
  joinedAt: 'number',
  updatedAt: 'number',
  expiresAt: 'number',
  tokenId: 'text or null',
  issuedAt: 'number',
  lastSequence: 'number',
  recoveryHash: 'text or null',
} as const satisfies Record<keyof SessionRecord, 'text' | 'number' | 'text or null'>;
const NAMES = Object.keys(FIELDS) as Array<keyof SessionRecord>;

/** Sessions in Redis, found from every node. */
export function redisSessionStore({ connection }: { connection: RedisConnection }): SessionStore {
  const { keys, prefix } = connection;
  const create = connection.script('session create', createScript);
  const update = connection.script('session update', updateScript);
  const remove = connection.script('session delete', deleteScript);
  const find = connection.script('session find', findScript);
  let open = true;

  async function write(id: string, patch: SessionPatch, ttlMs: number): Promise<boolean> {
    assertOpen();
    const { set, clear } = encode(patch);
    const args = [prefix, id, ttl(ttlMs), patch.epoch ?? '', set.length, ...set, ...clear];
    return (await update([keys.session(id)], args)) === 1;
  }

  async function search(index: string, field: keyof SessionRecord, value: string, limit: number) {
    assertOpen();
    const rows = (await find([index], [prefix, Math.min(limit, 1_000), value, field, ...NAMES])) as Row[];
    return rows.flatMap((row) => read(row) ?? []);
  }

  function read(row: Row): SessionRecord | undefined {
    if (row[0] === null) return undefined;
    const record = decode(row);
    if (record === undefined)
      connection.report(new Error(`the record of session ${row[0]} is damaged`), 'session read');
    return record;
  }

  function assertOpen(): void {
    if (!open) throw fail('UNAVAILABLE');
  }

  return {
    async create(record, ttlMs) {
      assertOpen();
      const { id, userId, roomId, nodeId } = record;
      const indexes = [keys.sessionsOfUser(userId), keys.sessionsOfRoom(roomId), keys.sessionsOfNode(nodeId)];
      return (await create([keys.session(id), ...indexes], [id, ttl(ttlMs), ...encode(record).set])) === 1;
    },
    async get(id) {
      assertOpen();
      return read(await connection.call('session get', (redis) => redis.hmget(keys.session(id), ...NAMES)));
    },
    update: write,
    touch: (id, ttlMs) => write(id, {}, ttlMs),
    async delete(id, epoch) {
      assertOpen();
      return (await remove([keys.session(id)], [prefix, id, epoch ?? ''])) === 1;
    },
    byUser: (userId, limit = 100) => search(keys.sessionsOfUser(userId), 'userId', userId, limit),
    byRoom: (roomId, limit = 1_000) => search(keys.sessionsOfRoom(roomId), 'roomId', roomId, limit),
    byNode: (nodeId, limit = 1_000) => search(keys.sessionsOfNode(nodeId), 'nodeId', nodeId, limit),
    async close() {
      open = false;
    },
  };
}

type Row = Array<string | null>;

/** Redis takes whole milliseconds from one on. */
function ttl(ms: number): number {
  return Math.max(1, Math.round(ms));
}

function encode(fields: Partial<SessionRecord>): { set: string[]; clear: string[] } {
  const set: string[] = [];
  const clear: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) clear.push(name);
    else if (value !== undefined) set.push(name, String(value));
  }
  return { set, clear };
}

function decode(row: Row): SessionRecord | undefined {
  const record: Record<string, string | number | null> = {};
  for (const [i, name] of NAMES.entries()) {
    const text = row[i] ?? null;
    if (text === null && FIELDS[name] !== 'text or null') return undefined;
    record[name] = FIELDS[name] === 'number' ? Number(text) : text;
  }
  return record as unknown as SessionRecord;
}
