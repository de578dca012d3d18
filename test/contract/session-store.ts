import { describe, expect, test } from 'vitest';
import type { SessionRecord, SessionStore } from '../../src/ports/session-store.ts';
import { type Bench, endedAfterEach } from './bench.ts';

export interface StoreBench extends Bench {
  readonly store: SessionStore;
  /** Lets this much time pass for the store. */
  pass(ms: number): Promise<void>;
}

export function sessionRecord(patch: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: 's1',
    userId: 'u1',
    name: 'Ada',
    role: 'player',
    roomId: 'r1',
    roomName: 'world',
    nodeId: 'n1',
    epoch: 1,
    state: 'joining',
    joinedAt: 1,
    updatedAt: 1,
    expiresAt: 2,
    tokenId: null,
    issuedAt: 0,
    lastSequence: 0,
    recoveryHash: null,
    ...patch,
  };
}

/** Every adapter of the session store passes this. */
export function sessionStoreContract(name: string, make: () => Promise<StoreBench>): void {
  const fresh = endedAfterEach(make);
  const TTL = 2_000;

  describe(name, () => {
    test('ST1 what was created is read back, as a copy, once', async () => {
      const { store } = await fresh();
      const record = sessionRecord();
      expect(await store.create(record, TTL)).toBe(true);
      expect(await store.create(sessionRecord({ userId: 'u2' }), TTL)).toBe(false);
      expect(await store.get('s1')).toEqual(record);
      expect(await store.get('s1')).not.toBe(await store.get('s1'));
      expect(await store.get('none')).toBeUndefined();
    });

    test('ST1 any text and number comes back as it was', async () => {
      const { store } = await fresh();
      const text = 'ä 🙂 : {"a":1} \n \\ %d';
      const texts = { id: `s${text}`, userId: text, name: '', role: text, roomId: text, roomName: text, nodeId: text };
      const numbers = {
        epoch: 2 ** 40,
        joinedAt: 1_763_870_000_123,
        expiresAt: Number.MAX_SAFE_INTEGER,
        issuedAt: -1.5,
      };
      const record = sessionRecord({ ...texts, ...numbers, tokenId: '', recoveryHash: text });
      expect(await store.create(record, TTL)).toBe(true);
      expect(await store.get(record.id)).toEqual(record);
      expect(await store.byUser(text)).toEqual([record]);
    });

    test('ST2 an update changes its fields only, and needs a live record', async () => {
      const { store } = await fresh();
      await store.create(sessionRecord(), TTL);
      expect(await store.update('s1', { state: 'online', lastSequence: 7 }, TTL)).toBe(true);
      expect(await store.get('s1')).toEqual(sessionRecord({ state: 'online', lastSequence: 7 }));
      expect(await store.update('none', { state: 'online' }, TTL)).toBe(false);
    });

    test('ST2 a field that may be null is set, kept and cleared', async () => {
      const { store } = await fresh();
      await store.create(sessionRecord({ tokenId: 't1' }), TTL);
      await store.update('s1', { recoveryHash: 'hash' }, TTL);
      expect(await store.get('s1')).toEqual(sessionRecord({ tokenId: 't1', recoveryHash: 'hash' }));
      await store.update('s1', { tokenId: null, name: 'Eve' }, TTL);
      expect(await store.get('s1')).toEqual(sessionRecord({ name: 'Eve', recoveryHash: 'hash' }));
    });

    test('ST3 a delete takes the record out of every answer', async () => {
      const { store } = await fresh();
      await store.create(sessionRecord(), TTL);
      expect(await store.delete('s1')).toBe(true);
      expect(await store.delete('s1')).toBe(false);
      expect(await store.get('s1')).toBeUndefined();
      expect(await store.byUser('u1')).toEqual([]);
      expect(await store.byRoom('r1')).toEqual([]);
    });

    test('ST4 a record ends with its time to live, also in the indexes; touch and update renew it', async () => {
      const { store, pass } = await fresh();
      for (const id of ['s1', 's2', 's3']) await store.create(sessionRecord({ id }), TTL);
      await pass(TTL * 0.75);
      expect(await store.touch('s1', TTL)).toBe(true);
      expect(await store.update('s2', { state: 'online' }, TTL)).toBe(true);
      await pass(TTL * 0.5);
      expect((await store.byUser('u1')).map(({ id }) => id)).toEqual(['s1', 's2']);
      expect((await store.byRoom('r1')).map(({ id }) => id)).toEqual(['s1', 's2']);
      expect(await store.get('s3')).toBeUndefined();
      expect(await store.touch('s3', TTL)).toBe(false);
      expect(await store.update('s3', { state: 'gone' }, TTL)).toBe(false);
    });

    test('ST5 sessions are found by user, by room and by node, sorted, up to a limit', async () => {
      const { store } = await fresh();
      await store.create(sessionRecord({ id: 'b', userId: 'u1', roomId: 'r1' }), TTL);
      await store.create(sessionRecord({ id: 'a', userId: 'u1', roomId: 'r2' }), TTL);
      await store.create(sessionRecord({ id: 'c', userId: 'u2', roomId: 'r1' }), TTL);
      expect((await store.byUser('u1')).map(({ id }) => id)).toEqual(['a', 'b']);
      expect((await store.byUser('u1', 1)).map(({ id }) => id)).toEqual(['a']);
      expect((await store.byRoom('r1')).map(({ id }) => id)).toEqual(['b', 'c']);
      expect(await store.byRoom('none')).toEqual([]);
      await store.update('c', { nodeId: 'n2' }, TTL);
      expect((await store.byNode('n1')).map(({ id }) => id)).toEqual(['a', 'b']);
      expect((await store.byNode('n2')).map(({ id }) => id)).toEqual(['c']);
    });

    test('ST5 a limit gives the first by id; it is 100 of a user and 1,000 of a room or node where none is named, and at most 1,000', async () => {
      const { store } = await fresh();
      const ids = Array.from({ length: 1_010 }, (_, i) => `s${String(i).padStart(4, '0')}`);
      await Promise.all([...ids].reverse().map((id) => store.create(sessionRecord({ id }), 10 * TTL)));
      const found = async (records: Promise<SessionRecord[]>) => (await records).map(({ id }) => id);
      expect(await found(store.byUser('u1'))).toEqual(ids.slice(0, 100));
      expect(await found(store.byUser('u1', 5_000))).toEqual(ids.slice(0, 1_000));
      expect(await found(store.byRoom('r1'))).toEqual(ids.slice(0, 1_000));
      expect(await found(store.byNode('n1'))).toEqual(ids.slice(0, 1_000));
      expect(await found(store.byNode('n1', 3))).toEqual(ids.slice(0, 3));
    });

    test('ST6 a write under an older epoch is refused and changes nothing', async () => {
      const { store } = await fresh();
      await store.create(sessionRecord({ epoch: 2 }), TTL);
      expect(await store.update('s1', { epoch: 1, nodeId: 'old', state: 'gone' }, TTL)).toBe(false);
      expect(await store.get('s1')).toEqual(sessionRecord({ epoch: 2 }));
      expect(await store.update('s1', { epoch: 3, nodeId: 'new' }, TTL)).toBe(true);
      expect(await store.get('s1')).toMatchObject({ epoch: 3, nodeId: 'new' });
      expect(await store.delete('s1', 2)).toBe(false);
      expect(await store.get('s1')).toMatchObject({ epoch: 3, nodeId: 'new' });
      expect(await store.delete('s1', 3)).toBe(true);
    });

    test('ST7 of many that create the same session at once, one wins', async () => {
      const { store } = await fresh();
      const made = await Promise.all(
        Array.from({ length: 20 }, (_, i) => store.create(sessionRecord({ userId: `u${i}` }), TTL)),
      );
      expect(made.filter(Boolean)).toHaveLength(1);
    });
  });
}
