import type { Clock } from '../../ports/clock.ts';
import type { NodeRecord, NodeRegistry } from '../../ports/nodes.ts';

interface Entry {
  record: NodeRecord;
  /** On the monotonic clock. */
  endsAt: number;
  /** Somebody cleaned up after it although it lives. */
  wasCleaned?: boolean;
}

/** A registry in one process: its only node, in ordinary use. */
export function memoryNodes(clock: Clock): NodeRegistry {
  const entries = new Map<string, Entry>();
  const claims = new Map<string, { fence: number; endsAt: number }>();
  let secret: string | undefined;
  let fences = 0;

  const isAlive = (entry: Entry | undefined): entry is Entry => entry !== undefined && entry.endsAt > clock.monotonic();

  return {
    async beat(node, ttlMs) {
      const entry = entries.get(node.id);
      const wasAlive = isAlive(entry);
      if (wasAlive && entry.record.incarnation !== node.incarnation) return 'taken';
      entries.set(node.id, { record: { ...node }, endsAt: clock.monotonic() + ttlMs });
      return wasAlive && entry.wasCleaned !== true ? 'known' : 'new';
    },
    async leave(id, incarnation) {
      if (entries.get(id)?.record.incarnation === incarnation) entries.delete(id);
    },
    async get(id) {
      const entry = entries.get(id);
      return isAlive(entry) ? { ...entry.record } : undefined;
    },
    async list() {
      const live = [...entries.values()].filter(isAlive).map(({ record }) => ({ ...record }));
      return live.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, 1_000);
    },
    async expired() {
      const gone = [...entries].filter(([, entry]) => !isAlive(entry)).map(([id]) => id);
      return gone.sort().slice(0, 100);
    },
    async claim(id, ttlMs) {
      const entry = entries.get(id);
      const claim = claims.get(id);
      if (entry === undefined || isAlive(entry)) return undefined;
      if (claim !== undefined && claim.endsAt > clock.monotonic()) return undefined;
      fences += 1;
      claims.set(id, { fence: fences, endsAt: clock.monotonic() + ttlMs });
      return fences;
    },
    async cleaned(id, fence) {
      if (claims.get(id)?.fence !== fence) return false;
      claims.delete(id);
      const entry = entries.get(id);
      if (isAlive(entry)) entry.wasCleaned = true;
      else entries.delete(id);
      return true;
    },
    async secret(proposed) {
      secret ??= proposed;
      return secret;
    },
    watch() {}, // Never out of reach.
    async close() {
      entries.clear();
      claims.clear();
    },
  };
}
