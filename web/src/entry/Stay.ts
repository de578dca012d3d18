import { GatehouseClient, LobbyState, type RoomConnection, WorldState } from '@gatehouse/client';

/** For how long a join waits for a server that does not take it now, in milliseconds. */
const PATIENCE_MS = 20_000;

/** One person's stay on this page: one client, the world, and the lobby for who else is online. */
export class Stay {
  readonly world: RoomConnection<WorldState>;
  #lobby: RoomConnection<LobbyState>;
  readonly #client: GatehouseClient;
  readonly #onLobby: (lobby: RoomConnection<LobbyState>) => void;
  #over = false;

  private constructor(
    client: GatehouseClient,
    rooms: { world: RoomConnection<WorldState>; lobby: RoomConnection<LobbyState> },
    onLobby: (lobby: RoomConnection<LobbyState>) => void,
  ) {
    this.#client = client;
    this.#onLobby = onLobby;
    this.world = rooms.world;
    this.#lobby = rooms.lobby;
    this.#watchLobby();
  }

  /**
   * Joins both rooms, or comes back into them after a reload. Rejects with a GatehouseError or ConnectionEnded, and then
   * holds no seat. `token` is asked for at the join and whenever the server wants
   * another; `onWorld` gets the world before it is joined, `onLobby` hears of a lobby that had to be joined anew.
   */
  static async begin(parts: {
    token: () => Promise<string>;
    patient: boolean;
    onWorld: (world: RoomConnection<WorldState>) => void;
    onLobby: (lobby: RoomConnection<LobbyState>) => void;
  }): Promise<Stay> {
    const client = new GatehouseClient({ url: location.origin, token: parts.token });
    const retryForMs = parts.patient ? PATIENCE_MS : 0;
    const [world, lobby] = await Promise.allSettled([
      client.join('world', {}, { stateClass: WorldState, retryForMs, prepare: parts.onWorld }),
      client.join('lobby', {}, { stateClass: LobbyState, retryForMs }),
    ]);
    if (world.status === 'fulfilled' && lobby.status === 'fulfilled') {
      return new Stay(client, { world: world.value, lobby: lobby.value }, parts.onLobby);
    }
    for (const joined of [world, lobby]) if (joined.status === 'fulfilled') void joined.value.leave();
    throw world.status === 'rejected' ? world.reason : (lobby as PromiseRejectedResult).reason;
  }

  get lobby(): RoomConnection<LobbyState> {
    return this.#lobby;
  }

  /** Leaves both rooms. Never rejects. */
  async end(): Promise<void> {
    this.#over = true;
    await Promise.all([this.world.leave(), this.#lobby.leave()]);
  }

  /** The lobby is not worth a question to the player: when its seat is gone it is joined again. */
  #watchLobby(): void {
    const lobby = this.#lobby;
    lobby.on('status', async (status) => {
      if (this.#over || status.state !== 'failed' || !status.error.retryable) return;
      try {
        const again = await this.#client.join('lobby', {}, { stateClass: LobbyState, retryForMs: PATIENCE_MS });
        if (this.#over) return void again.leave();
        this.#lobby = again;
        this.#watchLobby();
        this.#onLobby(again);
      } catch {
        // The widget goes on to say that its list may be out of date.
      }
    });
  }
}
