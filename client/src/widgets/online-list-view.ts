/** What `<gatehouse-online-list>` shows, as plain data: no element, no clock. */
import type { UserPresence } from '@gatehouse/schema';
import type { Tone } from './connection-view.ts';

/** Rows that are shown at most; the rest is counted. */
export const MAX_ROWS = 200;

/** One user of LobbyState, by user id in its map. */
export interface LobbyUserLike {
  readonly name: string;
  readonly status: string;
  readonly lastSeen: number;
  readonly where: string;
}

export interface UserRow {
  readonly userId: string;
  readonly name: string;
  readonly tone: Tone;
  /** The status as a word; the light's colour says nothing that it does not. */
  readonly word: string;
  /** Rooms, or when last seen; empty when neither is known. */
  readonly detail: string;
}

export interface OnlineListView {
  readonly rows: readonly UserRow[];
  /** How many there are beyond the rows. */
  readonly more: number;
}

/** Anything that LobbyState.users is: a Map, or a MapSchema. */
export interface UsersLike {
  forEach(visit: (user: LobbyUserLike, userId: string) => void): void;
}

/**
 * Everybody, online first, then by name. What the lobby's state says of a user is
 * live and wins; `listed`, the answer of presence.list, adds whom it does not hold.
 */
export function viewOnlineList(
  users: UsersLike | undefined,
  listed: readonly UserPresence[],
  now: number,
): OnlineListView {
  const byId = new Map<string, LobbyUserLike>();
  for (const { userId, name, status, lastSeen, where } of listed) {
    byId.set(userId, { name, status, lastSeen, where: where.join(',') });
  }
  users?.forEach((user, userId) => {
    byId.set(userId, user);
  });
  const rows = [...byId].map(([userId, user]) => toRow(userId, user, now));
  rows.sort((a, b) => rank(a) - rank(b) || compareNames(a.name, b.name) || compareNames(a.userId, b.userId));
  return { rows: rows.slice(0, MAX_ROWS), more: Math.max(0, rows.length - MAX_ROWS) };
}

/** When someone was last seen, `ms` ago. A clock that is ahead makes no future. */
export function lastSeenText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  return days === 1 ? '1 day ago' : `${days} days ago`;
}

const known: Record<string, { readonly word: string; readonly tone: Tone }> = {
  online: { word: 'Online', tone: 'good' },
  away: { word: 'Away', tone: 'warn' },
  busy: { word: 'Busy', tone: 'bad' },
  offline: { word: 'Offline', tone: 'idle' },
};

const { compare: compareNames } = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });

function toRow(userId: string, user: LobbyUserLike, now: number): UserRow {
  // A status of a newer server is shown as it is; its owner is there all the same.
  const { word, tone } = (Object.hasOwn(known, user.status) ? known[user.status] : undefined) ?? {
    word: user.status,
    tone: 'good' as const,
  };
  const seen = user.lastSeen > 0 ? lastSeenText(now - user.lastSeen) : '';
  const detail = user.status === 'offline' ? seen : user.where.split(',').filter(Boolean).join(', ');
  return { userId, name: user.name || userId, tone, word, detail };
}

function rank(row: UserRow): number {
  return row.tone === 'idle' ? 1 : 0;
}
