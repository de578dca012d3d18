import {
  ConnectionEnded,
  GatehouseError,
  type LobbyState,
  type RoomConnection,
  type WorldState,
} from '@gatehouse/client';
import { sentenceOf } from '../panel/sentence.ts';
import { FailedCard } from './FailedCard.ts';
import { Identities, type Identity, NoTokensHere } from './Identities.ts';
import { type Answer, JoinCard } from './JoinCard.ts';
import { Stay } from './Stay.ts';

export interface DoorEvents {
  /** A world that is about to be joined. */
  onWorld(world: RoomConnection<WorldState>): void;
  /** The visitor is in: as this person, with these rooms. */
  onIn(stay: Stay, name: string): void;
  /** The visitor has left, to come in again. */
  onOut(): void;
  onLobby(lobby: RoomConnection<LobbyState>): void;
}

/** Errors of a token that another one would not have. */
const TOKEN_ERRORS: ReadonlySet<string> = new Set(['TOKEN_INVALID', 'TOKEN_EXPIRED', 'TOKEN_REVOKED']);

/** Lets the visitor in, out, and in again; asks when it has to. */
export class Door {
  readonly #events: DoorEvents;
  readonly #identities = new Identities();
  readonly #joinCard = new JoinCard((answer) => void this.#answered(answer));
  readonly #failedCard = new FailedCard({ onAgain: () => void this.again(), onRename: () => this.rename() });
  #stay: Stay | null = null;
  /** Grows with each try, so that a slow one does not open the door after a newer one. */
  #tries = 0;

  constructor(events: DoorEvents) {
    this.#events = events;
  }

  /** `?token=` and `?name=` of the address come first, then who this tab was before; otherwise the card asks. */
  async open(address: URL): Promise<void> {
    const token = address.searchParams.get('token');
    const name = address.searchParams.get('name')?.trim() || this.#identities.kept?.name;
    if (token !== null) {
      // A token is a secret: it has no business in the history.
      strip(address, 'token');
      return this.#enter(async () => this.#identities.given(token), { patient: true });
    }
    if (name === undefined) return this.#joinCard.ask();
    return this.#enter(() => this.#identities.named(name), { patient: true });
  }

  /** Leaves what is left of the last stay and comes in as the same person. */
  async again(): Promise<void> {
    const name = this.#identities.kept?.name;
    if (name === undefined) return this.#joinCard.ask();
    this.#failedCard.busy(true);
    await this.#enter(() => this.#identities.named(name), { patient: true });
  }

  rename(): void {
    this.#joinCard.ask({ name: this.#identities.kept?.name, change: this.#stay !== null });
  }

  /** The stay is over against the visitor's will. */
  failed(error: GatehouseError | ConnectionEnded): void {
    const title = error instanceof ConnectionEnded ? 'You are out' : 'You are not in';
    this.#failedCard.show({ title, sentence: error.sentence });
  }

  async #leave(): Promise<void> {
    const stay = this.#stay;
    this.#stay = null;
    await stay?.end();
  }

  async #answered(answer: Answer): Promise<void> {
    this.#joinCard.busy(true);
    if ('token' in answer) return this.#enter(async () => this.#identities.given(answer.token), { patient: false });
    strip(new URL(location.href), 'name');
    return this.#enter(() => this.#identities.named(answer.name), { patient: false });
  }

  async #enter(identify: () => Promise<Identity>, { patient }: { patient: boolean }): Promise<void> {
    const attempt = ++this.#tries;
    try {
      const identity = await identify();
      if (this.#stay !== null) this.#events.onOut();
      await this.#leave();
      const stay = await this.#begin(identity, patient);
      if (attempt !== this.#tries) return void stay.end();
      this.#stay = stay;
      this.#joinCard.close();
      this.#failedCard.close();
      this.#events.onIn(stay, this.#identities.kept?.name ?? identity.name);
    } catch (error) {
      if (attempt === this.#tries) this.#refused(error);
    }
  }

  /** A token of an earlier visit may be no good any more: then once more with a new one. */
  async #begin(identity: Identity, patient: boolean): Promise<Stay> {
    const begin = (who: Identity): Promise<Stay> =>
      Stay.begin({
        token: () => this.#identities.tokenOf(who),
        patient,
        onWorld: this.#events.onWorld,
        onLobby: this.#events.onLobby,
      });
    try {
      return await begin(identity);
    } catch (error) {
      if (!(error instanceof GatehouseError) || !TOKEN_ERRORS.has(error.name)) throw error;
      this.#identities.forget();
      if (!identity.made) throw error;
      return begin(await this.#identities.named(identity.name));
    }
  }

  #refused(error: unknown): void {
    const sentence = sentenceOf(error);
    if (error instanceof NoTokensHere) {
      this.#failedCard.close();
      this.#joinCard.askForToken();
    } else if (this.#joinCard.isOpen || this.#identities.kept === null) {
      this.#failedCard.close();
      if (!this.#joinCard.isOpen) this.#joinCard.ask();
      this.#joinCard.fail(sentence, { change: this.#stay !== null });
    } else {
      this.#failedCard.show({ title: 'You are not in', sentence });
    }
  }
}

function strip(address: URL, parameter: string): void {
  address.searchParams.delete(parameter);
  history.replaceState(history.state, '', address);
}
