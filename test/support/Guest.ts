import { GatehouseClient, type RoomConnection, WorldState } from '../../client/src/index.ts';

const SAY_EVERY_MS = 900;

export interface GuestParts {
  readonly url: string;
  readonly name: string;
  readonly token: () => string;
}

/** A player with the client kit in a world, who talks, and takes note of what should not be. */
export class Guest {
  readonly name: string;
  readonly connection: RoomConnection<WorldState>;
  readonly seat: { readonly roomId: string; readonly sessionId: string };
  readonly answered: string[] = [];
  readonly heard = new Set<string>();
  readonly problems: string[] = [];
  /** Was told that not all it missed could be kept. */
  wasTold = false;
  #timer: NodeJS.Timeout | undefined;
  #said = 0;

  private constructor(name: string, connection: RoomConnection<WorldState>) {
    this.name = name;
    this.connection = connection;
    this.seat = this.#seat();
    connection.rpc.serve('world.said', ({ text }) => {
      if (this.heard.has(text)) this.problems.push(`heard "${text}" twice`);
      this.heard.add(text);
    });
    connection.on('recovered', ({ whole }) => {
      if (!whole) this.wasTold = true;
    });
    connection.on('mismatch', () => this.problems.push('its state was wrong'));
    connection.on('status', (status) => {
      if (status.state === 'failed') this.problems.push(`is out: ${status.error.name}`);
    });
  }

  /** In the world with this id, or in a new one. */
  static async enter({ url, name, token }: GuestParts, roomId?: string): Promise<Guest> {
    const client = new GatehouseClient({ url, token: () => Promise.resolve(token()) });
    const options = { stateClass: WorldState };
    const joined = roomId === undefined ? client.create('world', {}, options) : client.joinById(roomId, {}, options);
    return new Guest(name, await joined);
  }

  get isWell(): boolean {
    const { sessionId, roomId } = this.#seat();
    const { status } = this.connection;
    return status.state === 'online' && sessionId === this.seat.sessionId && roomId === this.seat.roomId;
  }

  /** Resolves when it is answered. Rejects with what the kit says. */
  async say(text: string): Promise<void> {
    await this.connection.rpc.call('world.say', { text }, { timeoutMs: 30_000 });
    this.answered.push(text);
  }

  talk(): void {
    // What is said while away goes out at once on return: more than may be said at once, and some of it is refused.
    this.#timer = setInterval(() => this.say(`${this.name} ${this.#said++}`).catch(() => {}), SAY_EVERY_MS);
  }

  async leave(): Promise<void> {
    this.fallSilent();
    await this.connection.leave();
  }

  fallSilent(): void {
    clearInterval(this.#timer);
  }

  #seat() {
    const { roomId } = this.connection.room;
    return { roomId, sessionId: this.connection.sessionId };
  }
}
