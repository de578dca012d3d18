import { LobbyRoomEntry, LobbyState, LobbyUser, type UserPresence } from '../schema/index.ts';
import { GameRoom, type Listing } from '../src/index.ts';

/** People that the lobby shows at most; the longest offline make room. */
const MAX_USERS = 1_000;
const MAX_ROOMS = 200;
const PAGE = 100;

/** Who is online, what they say of themselves, and which rooms can be joined. */
export class LobbyRoom extends GameRoom<LobbyState> {
  override state = new LobbyState();
  override maxClients = 1_000;
  /** Presence is for reading, not for reflexes: five patches a second. */
  override patchRate = 200;
  #stops: Array<() => unknown> = [];
  /** While the lists are read: what was told meanwhile, which is the newer. */
  #told: { readonly users: Map<string, UserPresence>; readonly rooms: Map<string, Listing | null> } | undefined;
  #mustReadAgain = false;

  override async onCreate(): Promise<void> {
    const { presence, listings } = this.platform;
    // Watch first, read then: a change in between is seen twice rather than never.
    const people = await presence.watch((user) => {
      this.#told?.users.set(user.userId, user);
      this.#show(user);
    });
    const rooms = await listings.watch((roomId, listing) => {
      this.#told?.rooms.set(roomId, listing);
      this.#list(roomId, listing);
    });
    // Something was away: what changed meanwhile is in the lists.
    const gaps = presence.onGap(() => this.#readAll().catch((error) => this.onUncaughtException(error, 'lobby')));
    this.#stops = [() => people.unsubscribe(), rooms, gaps];
    await this.#readAll();
  }

  /** What the state says is as of the snapshot. */
  override onRestoreRoom(): void {
    this.#readAll().catch((error) => this.onUncaughtException(error, 'lobby'));
  }

  override async onDispose(): Promise<void> {
    await Promise.all(this.#stops.map((stop) => stop()));
  }

  /** One reading at a time: of two, the one that ends last could be the older. */
  async #readAll(): Promise<void> {
    if (this.#told !== undefined) {
      this.#mustReadAgain = true;
      return;
    }
    do {
      this.#mustReadAgain = false;
      const told = { users: new Map(), rooms: new Map() };
      this.#told = told;
      try {
        await this.#readRooms(told.rooms);
        await this.#readUsers(told.users);
      } catch (error) {
        if (!this.#mustReadAgain) throw error;
      } finally {
        this.#told = undefined;
      }
    } while (this.#mustReadAgain);
  }

  async #readRooms(told: ReadonlyMap<string, Listing | null>): Promise<void> {
    const listed = await this.platform.listings.all(MAX_ROOMS);
    const there = new Map<string, Listing | null>([
      ...listed.map((listing) => [listing.roomId, listing] as const),
      ...told,
    ]);
    for (const roomId of [...this.state.rooms.keys()]) if (!there.has(roomId)) this.state.rooms.delete(roomId);
    for (const [roomId, listing] of there) this.#list(roomId, listing);
  }

  async #readUsers(told: ReadonlyMap<string, UserPresence>): Promise<void> {
    const missing = new Set(this.state.users.keys());
    let after: string | undefined;
    for (let left = MAX_USERS; left > 0; left -= PAGE) {
      const page = await this.platform.presence.list({ after, limit: PAGE });
      for (const user of page.users) {
        missing.delete(user.userId);
        this.#show(told.get(user.userId) ?? user);
      }
      if (page.next === null) break;
      after = page.next;
    }
    // Nobody knows of them any more: a directory that lost its data does not, and they are not here to say so.
    for (const userId of missing) {
      const user = this.state.users.get(userId);
      if (user !== undefined && !told.has(userId)) Object.assign(user, { status: 'offline', where: '' });
    }
    // There may have been no space for them before.
    for (const user of told.values()) this.#show(user);
  }

  #show({ userId, name, status, lastSeen, where }: UserPresence): void {
    const known = this.state.users.get(userId);
    if (known === undefined) {
      if (this.state.users.size >= MAX_USERS && !this.#makeRoom()) return;
      this.state.users.set(userId, new LobbyUser({ name, status, lastSeen, where: where.join(',') }));
      return;
    }
    Object.assign(known, { name, status, lastSeen, where: where.join(',') });
  }

  /** False when everybody shown is online. */
  #makeRoom(): boolean {
    let oldest: [string, LobbyUser] | undefined;
    for (const [userId, user] of this.state.users) {
      const older = oldest === undefined || user.lastSeen < oldest[1].lastSeen;
      if (user.status === 'offline' && older) oldest = [userId, user];
    }
    if (oldest !== undefined) this.state.users.delete(oldest[0]);
    return oldest !== undefined;
  }

  #list(roomId: string, listing: Listing | null): void {
    if (listing === null || listing.name === this.roomName) {
      this.state.rooms.delete(roomId);
      return;
    }
    const { name, clients, maxClients } = listing;
    const known = this.state.rooms.get(roomId);
    if (known !== undefined) Object.assign(known, { name, clients, maxClients });
    else if (this.state.rooms.size < MAX_ROOMS) {
      this.state.rooms.set(roomId, new LobbyRoomEntry({ name, clients, maxClients }));
    }
  }
}
