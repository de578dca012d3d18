import {
  BUS_VERSION,
  EVERY_PRESENCE,
  type PresenceEnvelope,
  presenceEnvelope,
  subjectOfPresence,
} from '../../schema/bus/index.ts';
import type { ChosenStatus, Status, UserPresence } from '../../schema/index.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Directory, DirectoryEntry } from '../ports/directory.ts';
import type { RequestBus, Subscription } from '../ports/event-bus.ts';
import type { Session } from '../room/Session.ts';

export interface PresencePage {
  readonly users: UserPresence[];
  readonly next: string | null;
}

/** Users whose change could not be told, kept until the bus is back. */
const MAX_UNTOLD = 10_000;
/** How often the directory is tried again with what it could not be told. */
const RETRY_MS = 1_000;
/** Changes on their way whose time is taken. */
const MAX_TIMED = 1_000;

/** Who is online. A user is online while one session is connected, and for a grace after the last. */
export class Presence {
  readonly #directory: Directory;
  readonly #bus: RequestBus;
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #graceMs: number;
  readonly #untold = new Set<string>();
  /**
   * Sessions that the directory may have wrong, as it was out of reach, and
   * since when. No more than were here when it went: it lets nobody in meanwhile.
   */
  readonly #owed = new Map<string, { session: Session; since: number }>();
  #retry: Timer | undefined;
  /** Users whose change this node has told of, and not heard yet: since when. */
  readonly #toldAt = new Map<string, number>();
  readonly #gapListeners = new Set<() => void>();

  constructor(parts: { directory: Directory; bus: RequestBus; clock: Clock; counters: Counters; graceMs: number }) {
    this.#directory = parts.directory;
    this.#bus = parts.bus;
    this.#clock = parts.clock;
    this.#counters = parts.counters;
    this.#graceMs = parts.graceMs;
    parts.bus.onReady(() => this.#tellUntold());
  }

  /** Never rejects. Resolves with the status that the user chose the last time, when the directory is there. */
  async connected(session: Session): Promise<ChosenStatus | undefined> {
    return (await this.#write(session, this.#clock.now()))?.chosen;
  }

  /** Never rejects: a directory that is out of reach is told when it is back. */
  async disconnected(session: Session): Promise<void> {
    await this.#write(session, this.#clock.now());
  }

  /** True when nothing is left that the directory has wrong. */
  async close(): Promise<boolean> {
    this.#retry?.stop();
    await this.#payBack();
    this.#retry?.stop();
    return this.#owed.size === 0;
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
    return this.#bus.subscribe(EVERY_PRESENCE, (payload) => {
      const message = presenceEnvelope.read.safeParse(payload);
      if (message.success) {
        this.#heard(message.data.user.userId);
        listener(message.data.user);
      } else this.#counters.count('presence_foreign');
    });
  }

  /** Calls `listener` when changes may have been missed: whoever watches reads the list again. Returns what ends that. */
  onGap(listener: () => void): () => void {
    this.#gapListeners.add(listener);
    const offReady = this.#bus.onReady(listener);
    return () => {
      this.#gapListeners.delete(listener);
      offReady();
    };
  }

  /** The directory was out of reach, or has lost what it knew. */
  gap(): void {
    for (const listener of this.#gapListeners) listener();
  }

  /** Tells the directory, then everybody, whether a session is connected now. */
  async #write(session: Session, since: number): Promise<DirectoryEntry | undefined> {
    const { id, userId, identity, roomName, nodeId, connected } = session;
    try {
      const entry = connected
        ? await this.#directory.add({ sessionId: id, userId, name: identity.name, roomName, nodeId }, since)
        : await this.#directory.remove(userId, id, since);
      if (session.connected === connected) this.#owed.delete(id);
      if (connected) await this.#tell(entry!);
      // A directory that lost its data knows nothing of them; whoever watches does.
      else await this.#left(entry ?? { userId, name: identity.name, chosen: 'online', lastSeen: since, where: [] });
      return entry;
    } catch {
      this.#counters.count('presence_owed');
      this.#owed.set(id, { session, since });
      this.#retry ??= this.#clock.after(RETRY_MS, () => this.#payBack());
      return undefined;
    }
  }

  async #payBack(): Promise<void> {
    this.#retry = undefined;
    for (const { session, since } of [...this.#owed.values()]) {
      await this.#write(session, session.connected ? this.#clock.now() : since);
      // Still out of reach: the rest would only wait, too.
      if (this.#owed.has(session.id)) return;
    }
  }

  async #left(entry: DirectoryEntry): Promise<void> {
    await this.#tell(entry);
    if (entry.where.length > 0) return;
    this.#clock.after(this.#graceMs + 1, async () => {
      const now = (await this.#directory.get(entry.userId).catch(() => undefined)) ?? entry;
      if (now.where.length === 0) await this.#tell(now);
    });
  }

  /** Never rejects: a player is let in, and kept, also while the bus is away. */
  async #tell(entry: DirectoryEntry): Promise<void> {
    const message: PresenceEnvelope = { v: BUS_VERSION, user: this.#shown(entry) };
    // The bus delivers in order: of several the first is heard first.
    const { userId } = entry;
    if (this.#toldAt.size < MAX_TIMED && !this.#toldAt.has(userId)) this.#toldAt.set(userId, this.#clock.monotonic());
    try {
      await this.#bus.publish(subjectOfPresence(entry.userId), message);
      this.#untold.delete(entry.userId);
    } catch {
      this.#toldAt.delete(userId);
      this.#counters.count('presence_untold');
      if (this.#untold.size < MAX_UNTOLD) this.#untold.add(entry.userId);
    }
  }

  #heard(userId: string): void {
    const toldAt = this.#toldAt.get(userId);
    if (toldAt === undefined || !this.#toldAt.delete(userId)) return;
    this.#counters.distribution('presence_propagation').observe((this.#clock.monotonic() - toldAt) / 1_000);
  }

  async #tellUntold(): Promise<void> {
    // What was under way is lost, and never heard.
    this.#toldAt.clear();
    for (const userId of [...this.#untold]) {
      const entry = await this.#directory.get(userId).catch(() => undefined);
      if (entry !== undefined) await this.#tell(entry);
    }
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
