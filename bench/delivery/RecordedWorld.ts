/** The real world, which takes down what its players do. */
import { WorldRoom } from '../../rooms/WorldRoom.ts';
import { inputsFrom } from './held-inputs.ts';
import { type RecordedPlayer, runLengths, type Stick } from './Session.ts';

interface Tape {
  readonly userId: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly ticks: Stick[][];
}

/** The one of this process. */
export let recordedWorld: RecordedWorld | undefined;

export class RecordedWorld extends WorldRoom {
  #tapes: Map<string, Tape> | undefined;
  #ticks = 0;

  constructor() {
    super();
    const { inputs } = this;
    this.inputs = inputsFrom((sessionId) => {
      const input = inputs.get(sessionId).next();
      if (input !== undefined) this.#tapes?.get(sessionId)?.ticks.at(-1)?.push({ mx: input.mx, my: input.my });
      return input;
    });
    recordedWorld = this;
  }

  override setFixedTimestep(...[step, ...rest]: Parameters<WorldRoom['setFixedTimestep']>): void {
    super.setFixedTimestep(
      (context) => {
        for (const { ticks } of this.#tapes?.values() ?? []) ticks.push([]);
        if (this.#tapes !== undefined) this.#ticks += 1;
        step(context);
      },
      ...rest,
    );
  }

  get ticks(): number {
    return this.#ticks;
  }

  /** From now on, of those who are here. */
  record(): void {
    this.#tapes = new Map(
      [...this.state.players].map(([id, { userId, name, x, y }]) => [id, { userId, name, x, y, ticks: [] }]),
    );
  }

  /** What was taken down; nothing more is. */
  stop(): RecordedPlayer[] {
    const tapes = [...(this.#tapes?.values() ?? [])];
    this.#tapes = undefined;
    return tapes.map(({ ticks, ...player }) => ({
      ...player,
      taken: runLengths(ticks.map(({ length }) => [length])),
      sticks: runLengths(ticks.flat().map(({ mx, my }) => [mx, my])),
    }));
  }
}
