import type { ChosenStatus } from '../../../schema/index.ts';
import type { Directory, DirectoryEntry } from '../../ports/directory.ts';

interface User {
  name: string;
  chosen: ChosenStatus;
  lastSeen: number;
  /** By session id. */
  sessions: Map<string, { roomName: string; nodeId: string }>;
}

/** Users of one process. `capacity`: offline users that are remembered. */
export function memoryDirectory({ capacity = 10_000 } = {}): Directory {
  const users = new Map<string, User>();
  // In the order of going, so that the longest gone is first.
  const offline = new Set<string>();
  let sorted: string[] | undefined;

  function entry(userId: string, user: User): DirectoryEntry {
    const { name, chosen, lastSeen } = user;
    return {
      userId,
      name,
      chosen,
      lastSeen,
      where: [...new Set([...user.sessions.values()].map(({ roomName }) => roomName))].sort(),
    };
  }

  function goOffline(userId: string): void {
    offline.add(userId);
    forgetLongestGone();
  }

  function forgetLongestGone(): void {
    for (const userId of offline) {
      if (offline.size <= capacity) return;
      offline.delete(userId);
      users.delete(userId);
      sorted = undefined;
    }
  }

  return {
    async add({ sessionId, userId, name, roomName, nodeId }, now) {
      let user = users.get(userId);
      if (user === undefined) {
        user = { name, chosen: 'online', lastSeen: now, sessions: new Map() };
        users.set(userId, user);
        sorted = undefined;
      }
      user.name = name;
      user.lastSeen = now;
      user.sessions.set(sessionId, { roomName, nodeId });
      offline.delete(userId);
      return entry(userId, user);
    },
    async remove(userId, sessionId, now) {
      const user = users.get(userId);
      if (user === undefined) return undefined;
      if (user.sessions.delete(sessionId)) user.lastSeen = now;
      if (user.sessions.size === 0) goOffline(userId);
      return entry(userId, user);
    },
    async removeNode(nodeId, now) {
      const changed: DirectoryEntry[] = [];
      for (const [userId, user] of users) {
        const ours = [...user.sessions].filter(([, session]) => session.nodeId === nodeId);
        if (ours.length === 0) continue;
        for (const [sessionId] of ours) user.sessions.delete(sessionId);
        user.lastSeen = now;
        if (user.sessions.size === 0) goOffline(userId);
        changed.push(entry(userId, user));
      }
      return changed;
    },
    async setStatus(userId, status, now) {
      const user = users.get(userId);
      if (user === undefined) return undefined;
      user.chosen = status;
      if (user.sessions.size > 0) user.lastSeen = now;
      return entry(userId, user);
    },
    async get(userId) {
      const user = users.get(userId);
      return user && entry(userId, user);
    },
    async list({ after = '', limit, status, offlineSince }) {
      sorted ??= [...users.keys()].sort();
      const ids = sorted;
      const page: DirectoryEntry[] = [];
      for (let i = firstAfter(ids, after); i < ids.length && page.length < Math.min(limit, 101); i++) {
        const userId = ids[i]!;
        const user = users.get(userId);
        if (user === undefined) continue;
        const offline = user.sessions.size === 0 && user.lastSeen <= offlineSince;
        const seen = offline ? 'offline' : user.chosen;
        if (status === undefined || status === seen) page.push(entry(userId, user));
        // A rare status in a long list: let others have the loop.
        if (i % 1_000 === 999) await new Promise(setImmediate);
      }
      return page;
    },
    async close() {
      users.clear();
      offline.clear();
    },
  };
}

function firstAfter(sorted: readonly string[], after: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
