import { fail } from '../../fail.ts';
import type { RoomOwner, RoomStore } from '../../ports/room-store.ts';
import type { RedisConnection } from './connection.ts';
import {
  appendScript,
  claimScript,
  ofNodeScript,
  openScript,
  ownerScript,
  removeScript,
  saveScript,
  snapshotScript,
  tailScript,
} from './room-scripts.ts';

/** The rooms of a deployment, fenced by their epochs in Redis. */
export function redisRoomStore({ connection }: { connection: RedisConnection }): RoomStore {
  const { keys } = connection;
  const scripts = {
    open: connection.script('room open', openScript),
    claim: connection.script('room claim', claimScript),
    owner: connection.script('room owner', ownerScript),
    ofNode: connection.script('rooms of node', ofNodeScript),
    save: connection.script('room save', saveScript),
    append: connection.script('room append', appendScript),
    snapshot: connection.script('room snapshot', snapshotScript),
    tail: connection.script('room tail', tailScript),
    remove: connection.script('room remove', removeScript),
  };
  let isOpen = true;

  function assertOpen(): void {
    if (!isOpen) throw fail('UNAVAILABLE');
  }

  return {
    outlivesProcess: true,
    async open({ roomId, roomName, nodeId }, ttlMs, epoch = 1) {
      assertOpen();
      const args = [roomId, roomName, nodeId, Math.round(ttlMs), epoch];
      return (await scripts.open([keys.room(roomId), keys.roomsOfNode(nodeId), keys.tailOfRoom(roomId)], args)) === 1;
    },
    async claim(roomId, nodeId, from, ttlMs) {
      assertOpen();
      const args = [roomId, nodeId, from, Math.round(ttlMs), keys.roomsOfNode('')];
      const epoch = await scripts.claim([keys.room(roomId), keys.roomsOfNode(nodeId), keys.tailOfRoom(roomId)], args);
      return (epoch as number | null) ?? undefined;
    },
    async owner(roomId) {
      assertOpen();
      const [roomName, nodeId, epoch] = (await scripts.owner([keys.room(roomId)], [])) as Array<string | null>;
      if (roomName == null || nodeId == null) return undefined;
      return { roomId, roomName, nodeId, epoch: Number(epoch) };
    },
    async ofNode(nodeId) {
      assertOpen();
      const rooms = await scripts.ofNode([keys.roomsOfNode(nodeId)], [nodeId, keys.room(''), 1_000]);
      return (rooms as string[][])
        .map(([roomId, roomName, epoch]): RoomOwner => {
          return { roomId: roomId!, roomName: roomName!, nodeId, epoch: Number(epoch) };
        })
        .sort((a, b) => (a.roomId < b.roomId ? -1 : 1));
    },
    async save(roomId, epoch, snapshot, ttlMs, tail = 0) {
      assertOpen();
      const args = [epoch, base64(snapshot), Math.round(ttlMs), tail];
      return (await scripts.save([keys.room(roomId), keys.tailOfRoom(roomId)], args)) === 1;
    },
    async append(roomId, epoch, n, record) {
      assertOpen();
      const args = [epoch, n, base64(record)];
      return (await scripts.append([keys.room(roomId), keys.tailOfRoom(roomId)], args)) === 1;
    },
    async snapshot(roomId) {
      assertOpen();
      const text = (await scripts.snapshot([keys.room(roomId)], [])) as string | null;
      return text === null ? undefined : Buffer.from(text, 'base64');
    },
    async tail(roomId) {
      assertOpen();
      const records = (await scripts.tail([keys.tailOfRoom(roomId)], [])) as string[];
      return records.map((record) => Buffer.from(record, 'base64'));
    },
    async remove(roomId, epoch) {
      assertOpen();
      return (
        (await scripts.remove([keys.room(roomId), keys.tailOfRoom(roomId)], [roomId, epoch, keys.roomsOfNode('')])) ===
        1
      );
    },
    async close() {
      isOpen = false;
    },
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
