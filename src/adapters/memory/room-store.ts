import type { Clock } from '../../ports/clock.ts';
import type { RoomOwner, RoomStore } from '../../ports/room-store.ts';

interface Entry extends RoomOwner {
  readonly endsAt: number;
  readonly snapshot?: Uint8Array;
}

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
      entries.set(room.roomId, { ...room, epoch, endsAt: until(ttlMs) });
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
    async save(roomId, epoch, snapshot, ttlMs) {
      const entry = live(roomId);
      if (entry?.epoch !== epoch) return false;
      entries.set(roomId, { ...entry, snapshot: snapshot.slice(), endsAt: until(ttlMs) });
      return true;
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
