import type { ChosenStatus } from '../../../schema/index.ts';
import { fail } from '../../fail.ts';
import type { Directory, DirectoryEntry } from '../../ports/directory.ts';
import type { RedisConnection } from './connection.ts';
import {
  addScript,
  forgetNodeScript,
  listScript,
  removeNodeScript,
  removeScript,
  setStatusScript,
} from './directory-scripts.ts';

/** Users that one call of a listing by status looks at, and sessions of a dead node that one call removes. */
const STEP = 500;
const REMOVE_STEP = 200;

export interface RedisDirectoryParts {
  readonly connection: RedisConnection;
  /** Offline users that are remembered, by all nodes together. Default 10,000. */
  readonly capacity?: number | undefined;
}

/**
 * Users of all nodes. Times are kept by Redis's clock, and told by that of the
 * node that asks. `remove` takes out what was added here, under the node that
 * it was added for, and never what another node has added since.
 */
export function redisDirectory({ connection, capacity = 10_000 }: RedisDirectoryParts): Directory {
  const { keys, prefix } = connection;
  const scripts = {
    add: connection.script('directory add', addScript),
    remove: connection.script('directory remove', removeScript),
    setStatus: connection.script('directory setStatus', setStatusScript),
    list: connection.script('directory list', listScript),
    removeNode: connection.script('directory removeNode', removeNodeScript),
    forgetNode: connection.script('directory forgetNode', forgetNodeScript),
  };
  /** Session id → node id of what was added here. */
  const added = new Map<string, string>();
  let open = true;

  function assertOpen(): void {
    if (!open) throw fail('UNAVAILABLE');
  }

  function entry(userId: string, user: Flat): DirectoryEntry | undefined {
    const decoded = decode(userId, user);
    return decoded && { ...decoded, lastSeen: decoded.lastSeen - connection.skewMs() };
  }

  function entries(found: Array<string | Flat>): DirectoryEntry[] {
    return found.flatMap((id, i) => (i % 2 === 0 ? (entry(id as string, found[i + 1] as Flat) ?? []) : []));
  }

  const there = (now: number) => now + connection.skewMs();

  return {
    async add({ sessionId, userId, name, roomName, nodeId }, now) {
      assertOpen();
      added.set(sessionId, nodeId);
      const all = [keys.user(userId), keys.users, keys.usersGone, keys.usersOfNode(nodeId)];
      const session = JSON.stringify([nodeId, roomName]);
      const args = [prefix, userId, sessionId, name, there(now), nodeId, session, memberOf(userId, sessionId)];
      return entry(userId, (await scripts.add(all, args)) as Flat)!;
    },
    async remove(userId, sessionId, now) {
      assertOpen();
      const nodeId = added.get(sessionId) ?? '';
      const args = [prefix, userId, sessionId, there(now), nodeId, memberOf(userId, sessionId), capacity];
      const left = (await scripts.remove([keys.user(userId)], args)) as Flat;
      added.delete(sessionId);
      return entry(userId, left);
    },
    async setStatus(userId, status, now) {
      assertOpen();
      return entry(userId, (await scripts.setStatus([keys.user(userId)], [prefix, status, there(now)])) as Flat);
    },
    async get(userId) {
      assertOpen();
      const user = await connection.call('directory get', (redis) => redis.hgetall(keys.user(userId)));
      return entry(userId, Object.entries(user).flat());
    },
    async list({ after = '', limit, status = '', offlineSince }) {
      const page: DirectoryEntry[] = [];
      const most = Math.min(limit, 101);
      for (let from: string | undefined = after; from !== undefined && page.length < most; ) {
        assertOpen();
        const wanted = most - page.length;
        const args = [prefix, from, wanted, status === '' ? wanted : STEP, status, there(offlineSince)];
        const [last, ...found] = (await scripts.list([keys.users], args)) as [string, ...Array<string | Flat>];
        page.push(...entries(found));
        from = last === '' ? undefined : last;
      }
      return page;
    },
    async removeNode(dead, now) {
      const set = [keys.usersOfNode(dead)];
      // A user with several sessions comes several times: the last is what is now.
      const changed = new Map<string, DirectoryEntry>();
      for (let cursor: string | undefined; cursor !== '0'; ) {
        assertOpen();
        const args = [prefix, dead, there(now), cursor ?? '0', REMOVE_STEP, capacity];
        const [next, ...found] = (await scripts.removeNode(set, args)) as [string, ...Array<string | Flat>];
        for (const each of entries(found)) changed.set(each.userId, each);
        cursor = next;
      }
      for (let cursor: string | undefined; cursor !== '0'; ) {
        assertOpen();
        cursor = (await scripts.forgetNode(set, [prefix, dead, cursor ?? '0', REMOVE_STEP])) as string;
      }
      return [...changed.values()];
    },
    async close() {
      open = false;
    },
  };
}

/** Field, value, field, value, … */
type Flat = string[];

function memberOf(userId: string, sessionId: string): string {
  return JSON.stringify([userId, sessionId]);
}

function decode(userId: string, user: Flat): DirectoryEntry | undefined {
  const where = new Set<string>();
  const fields = new Map<string, string>();
  for (let i = 0; i < user.length; i += 2) {
    const [field, value] = [user[i]!, user[i + 1]!];
    if (field.startsWith('s:')) where.add((JSON.parse(value) as [string, string])[1]);
    else fields.set(field, value);
  }
  const [name, chosen, lastSeen] = [fields.get('name'), fields.get('chosen'), fields.get('lastSeen')];
  if (name === undefined || chosen === undefined) return undefined;
  return { userId, name, chosen: chosen as ChosenStatus, lastSeen: Number(lastSeen), where: [...where].sort() };
}
