/** Changes of presence on one node, seen in the lobby of another. */
import { setTimeout as pause } from 'node:timers/promises';
import type { LobbyWatch, PresenceSamples } from './LobbyWatch.ts';
import { type Pace, pace } from './pace.ts';
import type { Resident } from './Resident.ts';

export interface PresenceProbeOptions {
  /** Of one node. Each has a turn in a round; a status may change once a second, so a round takes longer. */
  readonly residents: readonly Resident[];
  /** The lobby of the other. */
  readonly watch: LobbyWatch;
}

/** One in so many leaves or comes back at its turn; the others change their status. */
const COMMUTER_EVERY = 5;
/** After the last join: its presence is told, and the lobbies are quiet again. */
const SETTLE_MS = 1_500;
/** After a slice its last changes are on their way; after the last slice longer. */
const DRAIN_MS = 400;
const LAST_MS = 1_000;

export class PresenceProbe {
  readonly #options: PresenceProbeOptions;
  #turn = 0;

  constructor(options: PresenceProbeOptions) {
    this.#options = options;
  }

  async begin(): Promise<object> {
    const { residents, watch } = this.#options;
    await pause(SETTLE_MS);
    const unseen = residents.find(({ userId }) => !watch.shows(userId));
    // A lobby shows a thousand users, not all.
    if (unseen !== undefined) throw new Error(`the lobby of the other node does not show ${unseen.userId}`);
    return {};
  }

  async slice(rate: Pace): Promise<PresenceSamples> {
    const { residents, watch } = this.#options;
    const commuting: Promise<void>[] = [];
    await pace(rate, () => {
      const index = this.#turn++ % residents.length;
      const resident = residents[index]!;
      if (index % COMMUTER_EVERY === 0) commuting.push(this.#commute(resident));
      else resident.nextStatus((value) => watch.expect({ userId: resident.userId, field: 'status', value }));
    });
    await Promise.all(commuting);
    await pause(DRAIN_MS);
    return watch.take();
  }

  /** Resolves with the changes that a watcher has not seen, of all slices; everybody is back then. */
  async end(): Promise<{ readonly missed: number }> {
    const { residents, watch } = this.#options;
    await pause(LAST_MS);
    await Promise.all(residents.filter(({ isHere }) => !isHere).map((resident) => resident.comeBack(() => {})));
    return { missed: watch.missed };
  }

  async #commute(resident: Resident): Promise<void> {
    const { watch } = this.#options;
    const { userId } = resident;
    if (resident.isHere) {
      watch.expect({ userId, field: 'where', value: '' });
      resident.leave();
    } else {
      await resident.comeBack(() => watch.expect({ userId, field: 'where', value: 'lobby' }));
    }
  }
}
