import { describe, expect, test } from 'vitest';
import type { RoomStore } from '../../src/ports/room-store.ts';
import { type Bench, endedAfterEach } from './bench.ts';

export interface RoomStoreBench extends Bench {
  readonly store: RoomStore;
  /** Lets this much time pass for the store. */
  pass(ms: number): Promise<void>;
}

const TTL = 60_000;
const room = { roomId: 'r1', roomName: 'world', nodeId: 'n1' };
const bytes = (...values: number[]) => Uint8Array.from(values);

/** Every adapter of the room store passes this. */
export function roomStoreContract(name: string, make: () => Promise<RoomStoreBench>): void {
  const fresh = endedAfterEach(make);

  describe(name, () => {
    test('RS1 a room is opened once, and has its owner under epoch 1', async () => {
      const { store } = await fresh();
      expect(await store.open(room, TTL)).toBe(true);
      expect(await store.open({ ...room, nodeId: 'n2' }, TTL)).toBe(false);
      expect(await store.owner('r1')).toEqual({ ...room, epoch: 1 });
      expect(await store.owner('r2')).toBeUndefined();
      await store.open({ ...room, roomId: 'r0' }, TTL);
      expect((await store.ofNode('n1')).map(({ roomId }) => roomId)).toEqual(['r0', 'r1']);
      expect(await store.ofNode('n2')).toEqual([]);
    });

    test('RS2 of many who claim a room from one epoch one wins, and is its owner from then on', async () => {
      const { store } = await fresh();
      await store.open(room, TTL);
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, i) => store.claim('r1', `claimant-${i}`, 1, TTL)),
      );
      expect(claims.filter((epoch) => epoch !== undefined)).toEqual([2]);
      const winner = `claimant-${claims.indexOf(2)}`;
      expect(await store.owner('r1')).toEqual({ ...room, nodeId: winner, epoch: 2 });
      expect(await store.ofNode('n1')).toEqual([]);
      expect(await store.ofNode(winner)).toEqual([{ ...room, nodeId: winner, epoch: 2 }]);
      expect(await store.claim('nowhere', 'n2', 1, TTL)).toBeUndefined();
    });

    test('RS3 an owner of an earlier epoch writes nothing', async () => {
      const { store } = await fresh();
      await store.open(room, TTL);
      expect(await store.snapshot('r1')).toBeUndefined();
      expect(await store.save('r1', 1, bytes(1, 0, 255), TTL)).toBe(true);
      await store.claim('r1', 'n2', 1, TTL);
      expect(Array.from((await store.snapshot('r1'))!)).toEqual([1, 0, 255]);
      expect(await store.save('r1', 1, bytes(9), TTL)).toBe(false);
      expect(await store.remove('r1', 1)).toBe(false);
      expect(Array.from((await store.snapshot('r1'))!)).toEqual([1, 0, 255]);
      expect(await store.save('r1', 2, bytes(2), TTL)).toBe(true);
      expect(Array.from((await store.snapshot('r1'))!)).toEqual([2]);
    });

    test('RS4 a room that has ended is in no answer, and its id is free', async () => {
      const { store } = await fresh();
      await store.open(room, TTL);
      await store.save('r1', 1, bytes(1), TTL);
      expect(await store.remove('r1', 1)).toBe(true);
      expect(await store.remove('r1', 1)).toBe(false);
      expect(await store.owner('r1')).toBeUndefined();
      expect(await store.snapshot('r1')).toBeUndefined();
      expect(await store.ofNode('n1')).toEqual([]);
      expect(await store.save('r1', 1, bytes(1), TTL)).toBe(false);
      expect(await store.open(room, TTL)).toBe(true);
    });

    test('RS6 a room that the store has lost is opened again under the epoch that it had', async () => {
      const { store } = await fresh();
      expect(await store.open(room, TTL, 7)).toBe(true);
      expect(await store.owner('r1')).toEqual({ ...room, epoch: 7 });
      expect(await store.save('r1', 6, bytes(1), TTL)).toBe(false);
      expect(await store.claim('r1', 'n2', 7, TTL)).toBe(8);
    });

    test('RS7 what comes after a snapshot is kept in order and without gaps, until a snapshot has it', async () => {
      const { store } = await fresh();
      await store.open(room, TTL);
      const tail = async () => (await store.tail('r1')).map((record) => Array.from(record));
      expect(await tail()).toEqual([]);
      expect(await store.append('r1', 1, 0, bytes(0, 255))).toBe(true);
      expect(await store.append('r1', 1, 1, bytes(1))).toBe(true);
      expect(await store.append('r1', 1, 3, bytes(3))).toBe(false);
      expect(await tail()).toEqual([[0, 255], [1]]);
      expect(await store.save('r1', 1, bytes(9), TTL, 1)).toBe(true);
      expect(await tail()).toEqual([[1]]);
      expect(await store.append('r1', 1, 2, bytes(2))).toBe(true);
      // The snapshot has some that were never kept: numbers go on after them.
      expect(await store.save('r1', 1, bytes(9), TTL, 6)).toBe(true);
      expect(await tail()).toEqual([]);
      expect(await store.append('r1', 1, 5, bytes(5))).toBe(false);
      expect(await store.append('r1', 1, 6, bytes(6))).toBe(true);
      expect(await tail()).toEqual([[6]]);
    });

    test('RS8 a tail goes to the next owner, nobody else adds to it, and it ends with its room', async () => {
      const { store } = await fresh();
      await store.open(room, TTL);
      await store.append('r1', 1, 0, bytes(1));
      await store.claim('r1', 'n2', 1, TTL);
      expect(await store.append('r1', 1, 1, bytes(2))).toBe(false);
      expect(await store.append('r1', 2, 1, bytes(3))).toBe(true);
      expect((await store.tail('r1')).map((record) => Array.from(record))).toEqual([[1], [3]]);
      expect(await store.append('nowhere', 1, 0, bytes(1))).toBe(false);
      await store.remove('r1', 2);
      expect(await store.tail('r1')).toEqual([]);
      await store.open(room, TTL);
      expect(await store.tail('r1')).toEqual([]);
    });

    test('RS5 a room that nobody saves any more ends with its time to live', async () => {
      const { store, pass } = await fresh();
      await store.open(room, 400);
      await store.open({ ...room, roomId: 'r2' }, 400);
      await pass(250);
      expect(await store.save('r2', 1, bytes(1), 400)).toBe(true);
      await pass(250);
      expect(await store.owner('r1')).toBeUndefined();
      expect((await store.ofNode('n1')).map(({ roomId }) => roomId)).toEqual(['r2']);
    });
  });
}
