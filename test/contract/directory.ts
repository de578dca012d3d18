import { describe, expect, test } from 'vitest';
import type { Directory } from '../../src/ports/directory.ts';
import { type Bench, endedAfterEach } from './bench.ts';

export interface DirectoryBench extends Bench {
  readonly directory: Directory;
}

/** Every adapter of the directory passes this. `make` bounds it to `capacity` offline users. */
export function directoryContract(name: string, make: (capacity: number) => Promise<DirectoryBench>): void {
  const made = endedAfterEach(make);
  const fresh = async (capacity = 1_000) => (await made(capacity)).directory;
  const session = (userId: string, sessionId = `s-${userId}`, roomName = 'world', nodeId = 'n1') => ({
    sessionId,
    userId,
    name: userId.toUpperCase(),
    roomName,
    nodeId,
  });

  describe(name, () => {
    test('DR1 a user is where their connected sessions are, each room once', async () => {
      const directory = await fresh();
      await directory.add(session('ada', 's1', 'world'), 1);
      await directory.add(session('ada', 's2', 'lobby'), 2);
      const entry = await directory.add(session('ada', 's3', 'world'), 3);
      expect(entry).toEqual({ userId: 'ada', name: 'ADA', chosen: 'online', lastSeen: 3, where: ['lobby', 'world'] });
      expect(await directory.remove('ada', 's2', 4)).toMatchObject({ where: ['world'], lastSeen: 4 });
      await directory.remove('ada', 's1', 5);
      expect(await directory.remove('ada', 's3', 6)).toMatchObject({ where: [], lastSeen: 6 });
      expect(await directory.get('ada')).toMatchObject({ where: [], lastSeen: 6 });
    });

    test('DR2 adding and removing the same session again changes nothing', async () => {
      const directory = await fresh();
      await directory.add(session('ada'), 1);
      await directory.add(session('ada'), 2);
      await directory.remove('ada', 's-ada', 3);
      expect(await directory.remove('ada', 's-ada', 9)).toMatchObject({ where: [], lastSeen: 3 });
      expect(await directory.remove('nobody', 's', 9)).toBeUndefined();
    });

    test('DR3 the chosen status is kept while the user is away', async () => {
      const directory = await fresh();
      expect(await directory.setStatus('ada', 'busy', 1)).toBeUndefined();
      await directory.add(session('ada'), 1);
      expect(await directory.setStatus('ada', 'busy', 2)).toMatchObject({ chosen: 'busy' });
      await directory.remove('ada', 's-ada', 3);
      expect(await directory.add(session('ada', 's9'), 4)).toMatchObject({ chosen: 'busy' });
    });

    test('DR3 a status is a sign of life of a user who is here; of one who is away it is only kept', async () => {
      const directory = await fresh();
      await directory.add(session('ada'), 1);
      expect(await directory.setStatus('ada', 'busy', 2)).toMatchObject({ chosen: 'busy', lastSeen: 2 });
      await directory.remove('ada', 's-ada', 3);
      expect(await directory.setStatus('ada', 'away', 9)).toMatchObject({ chosen: 'away', lastSeen: 3 });
    });

    test('DR4 pages are sorted by user id and leave nobody out', async () => {
      const directory = await fresh();
      const ids = Array.from({ length: 25 }, (_, i) => `u${String(i).padStart(2, '0')}`);
      for (const id of [...ids].reverse()) await directory.add(session(id), 1);
      const seen: string[] = [];
      for (let after = ''; ; ) {
        const page = await directory.list({ after, limit: 10, offlineSince: 0 });
        seen.push(...page.map(({ userId }) => userId));
        if (page.length < 10) break;
        after = page.at(-1)!.userId;
      }
      expect(seen).toEqual(ids);
    });

    test('DR4 any text is a user id, and a page may begin after one that is not there', async () => {
      const directory = await fresh();
      const ids = ['"quoted"', '(a', '[a', 'a', 'a b', 'a:b', 'b\nb', '~', 'ä'];
      for (const id of ids) await directory.add(session(id, `s ${id}`), 1);
      const list = async (after: string) =>
        (await directory.list({ after, limit: 50, offlineSince: 0 })).map(({ userId }) => userId);
      expect(await list('')).toEqual(ids);
      expect(await list('a9')).toEqual(ids.slice(5));
      expect(await list('ä')).toEqual([]);
      for (const id of ids) expect(await directory.remove(id, `s ${id}`, 2)).toMatchObject({ userId: id, where: [] });
    });

    test('DR4 no page is longer than 101', async () => {
      const directory = await fresh();
      for (let i = 0; i < 110; i++) await directory.add(session(`u${i}`), 1);
      expect(await directory.list({ limit: 1_000, offlineSince: 0 })).toHaveLength(101);
      expect(await directory.list({ limit: 1_000, status: 'online', offlineSince: 0 })).toHaveLength(101);
    });

    test('DR5 a page by status counts a user as offline after the given moment only', async () => {
      const directory = await fresh();
      for (const id of ['away', 'gone', 'here', 'just-gone']) await directory.add(session(id), 1);
      await directory.setStatus('away', 'away', 1);
      await directory.remove('gone', 's-gone', 5);
      await directory.remove('just-gone', 's-just-gone', 50);
      const list = async (status: 'online' | 'away' | 'offline') =>
        (await directory.list({ status, limit: 10, offlineSince: 10 })).map(({ userId }) => userId);
      expect(await list('offline')).toEqual(['gone']);
      expect(await list('online')).toEqual(['here', 'just-gone']);
      expect(await list('away')).toEqual(['away']);
    });

    test('DR6 beyond the capacity the longest gone are forgotten, never somebody who is here', async () => {
      const directory = await fresh(3);
      await directory.add(session('here'), 1);
      for (const [i, id] of ['a', 'b', 'c', 'd'].entries()) {
        await directory.add(session(id), 10 + i);
        await directory.remove(id, `s-${id}`, 20 + i);
      }
      const all = await directory.list({ limit: 100, offlineSince: 0 });
      expect(all.map(({ userId }) => userId)).toEqual(['b', 'c', 'd', 'here']);
    });

    test('DR6 somebody who came back is not forgotten for having been gone the longest', async () => {
      const directory = await fresh(1);
      await directory.add(session('back'), 1);
      await directory.remove('back', 's-back', 2);
      await directory.add(session('back'), 3);
      for (const id of ['a', 'b']) {
        await directory.add(session(id), 4);
        await directory.remove(id, `s-${id}`, 5);
      }
      expect((await directory.list({ limit: 9, offlineSince: 0 })).map(({ userId }) => userId)).toEqual(['b', 'back']);
    });

    test('DR6 a removal that is told again makes nobody more lately gone', async () => {
      const directory = await fresh(2);
      for (const id of ['a', 'b', 'a', 'c']) {
        if (id !== 'a' || (await directory.get('a')) === undefined) await directory.add(session(id), 1);
        await directory.remove(id, `s-${id}`, 2);
      }
      const all = await directory.list({ limit: 100, offlineSince: 0 });
      expect(all.map(({ userId }) => userId)).toEqual(['b', 'c']);
    });

    test("DR7 a dead node takes its sessions along, and nobody else's", async () => {
      const directory = await fresh();
      await directory.add(session('both', 's1', 'world', 'dead'), 1);
      await directory.add(session('both', 's2', 'lobby', 'alive'), 1);
      await directory.add(session('gone', 's3', 'world', 'dead'), 1);
      await directory.add(session('stays', 's4', 'world', 'alive'), 1);
      const changed = await directory.removeNode('dead', 9);
      expect(changed.sort((a, b) => (a.userId < b.userId ? -1 : 1))).toMatchObject([
        { userId: 'both', where: ['lobby'], lastSeen: 9 },
        { userId: 'gone', where: [], lastSeen: 9 },
      ]);
      expect(await directory.get('stays')).toMatchObject({ where: ['world'], lastSeen: 1 });
      expect(await directory.removeNode('dead', 10)).toEqual([]);
    });
  });
}
