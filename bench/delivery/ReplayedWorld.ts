/** The real world, in which the players do what they did when the session was recorded. */
import type { Client } from '@colyseus/core';
import { WorldRoom } from '../../rooms/WorldRoom.ts';
import { inputsFrom } from './held-inputs.ts';
import { inputsByTick, readSession, type Stick } from './Session.ts';

const session = readSession();

/** The one of this process. */
export let replayedWorld: ReplayedWorld | undefined;

export class ReplayedWorld extends WorldRoom {
  /** A patch after each tick and, in the hour that this takes, no others. With 0 Colyseus would take the ticks' time for it. */
  override patchRate = 3_600_000;
  /** By session id: what is still to be taken, the ticks from the last to the first. */
  readonly #tapes = new Map<string, Stick[][]>();
  #left = 0;
  #isHushed = false;
  #played: (() => void) | undefined;

  constructor() {
    super();
    this.inputs = inputsFrom((sessionId) => (this.#left > 0 ? this.#tapes.get(sessionId)?.at(-1)?.shift() : undefined));
    replayedWorld = this;
  }

  override setFixedTimestep(...[step, ...rest]: Parameters<WorldRoom['setFixedTimestep']>): void {
    super.setFixedTimestep(
      (context) => {
        step(context);
        if (!this.#isHushed || this.#left > 0) this.broadcastPatch();
        if (this.#left > 0) this.#next();
      },
      ...rest,
    );
  }

  override onJoin(client: Client): void {
    super.onJoin(client);
    const player = this.state.players.get(client.sessionId)!;
    const recorded = session.players.find(({ name }) => name === player.name);
    if (recorded === undefined) return;
    this.#tapes.set(client.sessionId, inputsByTick(recorded));
    Object.assign(player, { x: recorded.x, y: recorded.y });
  }

  /** No patches but those of the session, so that each can be counted. */
  hush(): object {
    this.#isHushed = true;
    return {};
  }

  /** Plays so many ticks of it; resolves when the last was sent. */
  async play(ticks: number): Promise<object> {
    for (const tape of this.#tapes.values()) tape.splice(ticks);
    for (const tape of this.#tapes.values()) tape.reverse();
    this.#left = ticks;
    await new Promise<void>((resolve) => {
      this.#played = resolve;
    });
    return {};
  }

  #next(): void {
    for (const tape of this.#tapes.values()) tape.pop();
    this.#left -= 1;
    if (this.#left === 0) this.#played?.();
  }
}
