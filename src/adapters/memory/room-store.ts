import type { Clock } from '../../ports/clock.ts';
import type { RoomOwner, RoomStore } from '../../ports/room-store.ts';

interface Entry extends RoomOwner {
  readonly endsAt: number;
  readonly snapshot?: Uint8Array;
  /** The number of the first record that is kept, and those that are. */
  readonly tail: { readonly from: number; readonly records: readonly Uint8Array[] };
}

const NO_TAIL = { from: 0, records: [] };

/** Nothing of it survives the process: for one node, and for tests. */
export function memoryRoomStore(clock: Clock): RoomStore {
  const entries = new Map<string, Entry>();

  function live(roomId: string): Entry | undefined {
    const entry = entries.get(roomId);
    if (entry !== undefined && entry.endsAt > clock.monotonic()) return entry;
    entries.delete(roomId);
    return undefined;
  }

  const ownerOf = ({ roomId, roomName, nodeId, epoch }: Entry): RoomOwner => ({ roomId, roomName, nodeId, epoch });
  const until = (ttlMs: number) => clock.monotonic() + ttlMs;

  return {
    outlivesProcess: false,
    async open(room, ttlMs, epoch = 1) {
      if (live(room.roomId) !== undefined) return false;
      entries.set(room.roomId, { ...room, epoch, endsAt: until(ttlMs), tail: NO_TAIL });
      return true;
    },
    async claim(roomId, nodeId, from, ttlMs) {
      const entry = live(roomId);
      if (entry?.epoch !== from) return undefined;
      entries.set(roomId, { ...entry, nodeId, epoch: from + 1, endsAt: until(ttlMs) });
      return from + 1;
    },
    async owner(roomId) {
      const entry = live(roomId);
      return entry && ownerOf(entry);
    },
    async ofNode(nodeId) {
      const owned = [...entries.keys()].flatMap((id) => live(id) ?? []).filter((entry) => entry.nodeId === nodeId);
      return owned
        .map(ownerOf)
        .sort((a, b) => (a.roomId < b.roomId ? -1 : 1))
        .slice(0, 1_000);
    },
    async save(roomId, epoch, snapshot, ttlMs, tail = 0) {
      const entry = live(roomId);
      if (entry?.epoch !== epoch) return false;
      const records = entry.tail.records.slice(Math.max(0, tail - entry.tail.from));
      entries.set(roomId, {
        ...entry,
        snapshot: snapshot.slice(),
        endsAt: until(ttlMs),
        tail: { from: tail, records },
      });
      return true;
    },
    async append(roomId, epoch, n, record) {
      const entry = live(roomId);
      if (entry?.epoch !== epoch) return false;
      const { from, records } = entry.tail;
      if (n !== from + records.length) return false;
      entries.set(roomId, { ...entry, tail: { from, records: [...records, record.slice()] } });
      return true;
    },
    async tail(roomId) {
      return (live(roomId)?.tail.records ?? []).map((record) => record.slice());
    },
    async snapshot(roomId) {
      return live(roomId)?.snapshot?.slice();
    },
    async remove(roomId, epoch) {
      return live(roomId)?.epoch === epoch && entries.delete(roomId);
    },
    async close() {
      entries.clear();
    },
  };
}
