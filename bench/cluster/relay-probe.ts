/** The same call to the same room, over the node that owns it and over another one. */
import type { BenchRoomOptions } from '../game.ts';
import { PING } from '../game.ts';
import { type Entrance, reserve, type Seat } from '../load/join.ts';
import { tokenOf } from '../tokens.ts';
import { Player } from './Player.ts';

export interface RelayProbeOptions {
  readonly ownerPort: number;
  readonly otherPort: number;
  /** Of each way. */
  readonly calls: number;
}

/** Round trips in milliseconds. Those with the same place were made one after the other. */
export interface RelaySamples {
  readonly direct: readonly number[];
  readonly relayed: readonly number[];
}

const WARM_UP_CALLS = 500;
const options: BenchRoomOptions = { quiet: true };

export async function probeRelay({ ownerPort, otherPort, calls }: RelayProbeOptions): Promise<RelaySamples> {
  const owner: Entrance = { port: ownerPort, token: tokenOf('direct') };
  const other: Entrance = { port: otherPort, token: tokenOf('relayed') };
  const seat = await reserve({ ...owner, path: 'create/bench', options });
  const direct = await Caller.sit(seat, owner);
  const relayed = await Caller.sit(await reserve({ ...other, path: `joinById/${seat.roomId}` }), other);
  const samples = { direct: [] as number[], relayed: [] as number[] };
  for (let n = -WARM_UP_CALLS; n < calls; n++) {
    // Who goes first alternates.
    const directFirst = n % 2 === 0;
    const first = await (directFirst ? direct : relayed).roundTrip();
    const second = await (directFirst ? relayed : direct).roundTrip();
    if (n < 0) continue;
    samples.direct.push(directFirst ? first : second);
    samples.relayed.push(directFirst ? second : first);
  }
  return samples;
}

/** One call in flight at a time. */
class Caller {
  #player: Player | undefined;
  #id = 0;
  #answered: (() => void) | undefined;

  static async sit(seat: Seat, entrance: Entrance): Promise<Caller> {
    const caller = new Caller();
    caller.#player = await Player.sit(seat, entrance, ({ id, error }) => {
      if (error !== undefined) throw new Error(`a call was refused: ${JSON.stringify(error)}`);
      if (id === caller.#id) caller.#answered?.();
    });
    return caller;
  }

  async roundTrip(): Promise<number> {
    this.#id += 1;
    const answered = new Promise<void>((resolve) => {
      this.#answered = resolve;
    });
    const before = performance.now();
    this.#player?.call(this.#id, PING, { echo: this.#id });
    await answered;
    return performance.now() - before;
  }
}
