import type { ChosenStatus, Status, UserPresence } from '../../schema/index.ts';
import { UserPresence as UserPresenceSchema } from '../../schema/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { Directory, DirectoryEntry } from '../ports/directory.ts';
import { type EventBus, type Subscription, subjectWord } from '../ports/event-bus.ts';
import type { Session } from '../room/Session.ts';

export interface PresencePage {
  readonly users: UserPresence[];
  readonly next: string | null;
}

/** Who is online. A user is online while one session is connected, and for a grace after the last. */
export class Presence {
  readonly #directory: Directory;
  readonly #bus: EventBus;
  readonly #clock: Clock;
  readonly #graceMs: number;

  constructor(parts: { directory: Directory; bus: EventBus; clock: Clock; graceMs: number }) {
    this.#directory = parts.directory;
    this.#bus = parts.bus;
    this.#clock = parts.clock;
    this.#graceMs = parts.graceMs;
  }

  /** Resolves with the status that the user chose the last time. */
  async connected({ id, userId, identity, roomName, nodeId }: Session): Promise<ChosenStatus> {
    const who = { sessionId: id, userId, name: identity.name, roomName, nodeId };
    const entry = await this.#directory.add(who, this.#clock.now());
    await this.#tell(entry);
    return entry.chosen;
  }

  async disconnected({ id, userId }: Session): Promise<void> {
    const entry = await this.#directory.remove(userId, id, this.#clock.now());
    if (entry !== undefined) await this.#left(entry);
  }

  /** A node is dead: whoever was connected there only is offline after the grace. */
  async nodeGone(nodeId: string): Promise<void> {
    const changed = await this.#directory.removeNode(nodeId, this.#clock.now());
    await Promise.all(changed.map((entry) => this.#left(entry)));
  }

  async setStatus(userId: string, status: ChosenStatus): Promise<void> {
    const entry = await this.#directory.setStatus(userId, status, this.#clock.now());
    if (entry !== undefined) await this.#tell(entry);
  }

  async get(userId: string): Promise<UserPresence | undefined> {
    const entry = await this.#directory.get(userId);
    return entry && this.#shown(entry);
  }

  /** A page sorted by user id, at most 100 users. */
  async list(query: { after?: string; limit: number; status?: Status }): Promise<PresencePage> {
    const { after, limit, status } = query;
    // One more than asked for tells whether there is a next page.
    const found = await this.#directory.list({ after, status, limit: limit + 1, offlineSince: this.#offlineSince() });
    const users = found.slice(0, limit).map((entry) => this.#shown(entry));
    return { users, next: found.length > limit ? users.at(-1)!.userId : null };
  }

  /** Calls `listener` for each change of a user's presence, on any node. */
  watch(listener: (user: UserPresence) => void): Promise<Subscription> {
    return this.#bus.subscribe('gatehouse.presence.*', (payload) => {
      const user = UserPresenceSchema.safeParse(payload);
      if (user.success) listener(user.data);
    });
  }

  async #left(entry: DirectoryEntry): Promise<void> {
    await this.#tell(entry);
    if (entry.where.length > 0) return;
    this.#clock.after(this.#graceMs + 1, async () => {
      const now = await this.#directory.get(entry.userId);
      if (now !== undefined && now.where.length === 0) await this.#tell(now);
    });
  }

  #tell(entry: DirectoryEntry): Promise<void> {
    return this.#bus.publish(`gatehouse.presence.${subjectWord(entry.userId)}`, this.#shown(entry));
  }

  #shown({ userId, name, chosen, lastSeen, where }: DirectoryEntry): UserPresence {
    const offline = where.length === 0 && lastSeen <= this.#offlineSince();
    return { userId, name, status: offline ? 'offline' : chosen, lastSeen, where: [...where] };
  }

  /** Who was last seen before this moment and has no connected session is offline. */
  #offlineSince(): number {
    return this.#clock.now() - this.#graceMs;
  }
}
