import type { Clock } from '../../ports/clock.ts';
import type { SessionRecord, SessionStore } from '../../ports/session-store.ts';

interface Entry {
  record: SessionRecord;
  /** On the monotonic clock. */
  endsAt: number;
}

/** Sessions of one process. */
export function memorySessionStore(clock: Clock): SessionStore {
  const entries = new Map<string, Entry>();
  const index = () => new Map<string, Set<string>>();
  const ids = { user: index(), room: index(), node: index() };
  const sweep = clock.every(5_000, () => {
    for (const id of entries.keys()) live(id);
  });

  function live(id: string): Entry | undefined {
    const entry = entries.get(id);
    if (entry === undefined || entry.endsAt > clock.monotonic()) return entry;
    drop(entry.record);
    return undefined;
  }

  function drop({ id, userId, roomId, nodeId }: SessionRecord): void {
    entries.delete(id);
    unindex(ids.user, userId, id);
    unindex(ids.room, roomId, id);
    unindex(ids.node, nodeId, id);
  }

  function find(from: Map<string, Set<string>>, key: string, limit: number): SessionRecord[] {
    const found = [...(from.get(key) ?? [])].sort().flatMap((id) => live(id)?.record ?? []);
    return found.slice(0, Math.min(limit, 1_000)).map((record) => ({ ...record }));
  }

  return {
    async create(record, ttlMs) {
      if (live(record.id) !== undefined) return false;
      entries.set(record.id, { record: { ...record }, endsAt: clock.monotonic() + ttlMs });
      enter(ids.user, record.userId, record.id);
      enter(ids.room, record.roomId, record.id);
      enter(ids.node, record.nodeId, record.id);
      return true;
    },
    async get(id) {
      const record = live(id)?.record;
      return record && { ...record };
    },
    async update(id, patch, ttlMs) {
      const entry = live(id);
      if (entry === undefined || (patch.epoch ?? entry.record.epoch) < entry.record.epoch) return false;
      unindex(ids.node, entry.record.nodeId, id);
      entry.record = { ...entry.record, ...patch };
      enter(ids.node, entry.record.nodeId, id);
      entry.endsAt = clock.monotonic() + ttlMs;
      return true;
    },
    async touch(id, ttlMs) {
      const entry = live(id);
      if (entry !== undefined) entry.endsAt = clock.monotonic() + ttlMs;
      return entry !== undefined;
    },
    async delete(id, epoch = Number.POSITIVE_INFINITY) {
      const entry = live(id);
      if (entry === undefined || epoch < entry.record.epoch) return false;
      drop(entry.record);
      return true;
    },
    byUser: async (userId, limit = 100) => find(ids.user, userId, limit),
    byRoom: async (roomId, limit = 1_000) => find(ids.room, roomId, limit),
    byNode: async (nodeId, limit = 1_000) => find(ids.node, nodeId, limit),
    async close() {
      sweep.stop();
      entries.clear();
    },
  };
}

function enter(map: Map<string, Set<string>>, key: string, id: string): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([id]));
  else set.add(id);
}

function unindex(map: Map<string, Set<string>>, key: string, id: string): void {
  const set = map.get(key);
  set?.delete(id);
  if (set?.size === 0) map.delete(key);
}
