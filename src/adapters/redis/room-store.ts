import { fail } from '../../fail.ts';
import type { RoomOwner, RoomStore } from '../../ports/room-store.ts';
import type { RedisConnection } from './connection.ts';
import {
  claimScript,
  ofNodeScript,
  openScript,
  ownerScript,
  removeScript,
  saveScript,
  snapshotScript,
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
    snapshot: connection.script('room snapshot', snapshotScript),
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
      return (await scripts.open([keys.room(roomId), keys.roomsOfNode(nodeId)], args)) === 1;
    },
    async claim(roomId, nodeId, from, ttlMs) {
      assertOpen();
      const args = [roomId, nodeId, from, Math.round(ttlMs), keys.roomsOfNode('')];
      const epoch = await scripts.claim([keys.room(roomId), keys.roomsOfNode(nodeId)], args);
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
    async save(roomId, epoch, snapshot, ttlMs) {
      assertOpen();
      const text = Buffer.from(snapshot).toString('base64');
      return (await scripts.save([keys.room(roomId)], [epoch, text, Math.round(ttlMs)])) === 1;
    },
    async snapshot(roomId) {
      assertOpen();
      const text = (await scripts.snapshot([keys.room(roomId)], [])) as string | null;
      return text === null ? undefined : Buffer.from(text, 'base64');
    },
    async remove(roomId, epoch) {
      assertOpen();
      return (await scripts.remove([keys.room(roomId)], [roomId, epoch, keys.roomsOfNode('')])) === 1;
    },
    async close() {
      isOpen = false;
    },
  };
}
