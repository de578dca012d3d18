/** A user of a lobby who changes status, leaves, comes back, and gets notifications. */
import type { ChosenStatus } from '../../schema/index.ts';
import { reserve, type Seat } from '../load/join.ts';
import { tokenOf } from '../tokens.ts';
import { type Message, Player } from './Player.ts';

export interface ResidentOptions {
  readonly userId: string;
  readonly port: number;
  /** Gets notifications and answers. */
  readonly hear: (message: Message) => void;
}

/** Each differs from the one before. */
const STATUSES: readonly ChosenStatus[] = ['busy', 'away', 'online'];

export class Resident {
  readonly userId: string;
  readonly #options: ResidentOptions;
  readonly #token: string;
  #lobby = '';
  #player: Player | undefined;
  #turn = 0;

  constructor(options: ResidentOptions) {
    this.userId = options.userId;
    this.#options = options;
    this.#token = tokenOf(options.userId);
  }

  /** Joins a lobby, or makes one; resolves with its id. */
  async enter(lobby?: string): Promise<string> {
    await this.#take(await this.#reserve(lobby === undefined ? 'create/lobby' : `joinById/${lobby}`));
    return this.#lobby;
  }

  get isHere(): boolean {
    return this.#player?.isHere === true;
  }

  /** Changes to the next one and says which. */
  nextStatus(beforeSent: (status: ChosenStatus) => void): void {
    const turn = this.#turn++;
    const status = STATUSES[turn % STATUSES.length]!;
    beforeSent(status);
    this.#player?.call(turn, 'player.setStatus', { status });
  }

  leave(): void {
    this.#player?.leave();
  }

  /** `beforeSent` is called when it has a seat, before it goes there: until then it is nobody's change. */
  async comeBack(beforeSent: () => void): Promise<void> {
    const seat = await this.#reserve(`joinById/${this.#lobby}`);
    beforeSent();
    await this.#take(seat);
  }

  #reserve(path: string): Promise<Seat> {
    return reserve({ port: this.#options.port, token: this.#token, path });
  }

  async #take(seat: Seat): Promise<void> {
    const { port, hear } = this.#options;
    this.#player = await Player.sit(seat, { port, token: this.#token }, hear);
    this.#lobby = seat.roomId;
  }
}
