import { Decoder, Encoder, type SchemaType, schema, t } from '@colyseus/schema';
import type { WebSocket } from 'ws';
import { FRAME } from './raw-client.ts';

/** Half of them change in a tick: some 20 KB, as a system takes megabytes for a reader that does not read. */
export const CELLS = 4_000;
export const TICKS_PER_SECOND = 60;

Encoder.BUFFER_SIZE = 512 * 1024;

const Cell = schema({ changedAt: t.uint32().default(0) }, 'Cell');
export const ShiftingWorld = schema({ tick: t.uint32().default(0), cells: t.map(Cell) }, 'ShiftingWorld');
export type ShiftingWorld = SchemaType<typeof ShiftingWorld>;

/** A number that looks random, of a cell and a tick. */
function noise(cell: number, tick: number): number {
  let x = Math.imul(cell + 1, 0x9e3779b1) ^ Math.imul(tick + 1, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  return (x ^ (x >>> 12)) >>> 0;
}

const isThere = (cell: number, tick: number) => Math.floor((tick + cell) / (20 + (cell % 50))) % 3 !== 0;
const changes = (cell: number, tick: number) => noise(cell, tick) % 2 === 0;

/** When a cell that is there at `tick` changed the last time; its coming counts. Undefined: it is not there. */
function lastChange(cell: number, tick: number): number | undefined {
  if (!isThere(cell, tick)) return undefined;
  let at = tick;
  while (at > 0 && !changes(cell, at) && isThere(cell, at - 1)) at -= 1;
  return at;
}

/** The next tick: cells come, go and change, all by a rule that a reader knows, too. */
export function shift(world: ShiftingWorld): void {
  const tick = world.tick + 1;
  for (let cell = 0; cell < CELLS; cell++) {
    const key = String(cell);
    const had = world.cells.get(key);
    if (!isThere(cell, tick)) {
      if (had !== undefined) world.cells.delete(key);
    } else if (had === undefined) {
      world.cells.set(key, new Cell({ changedAt: lastChange(cell, tick)! }));
    } else if (changes(cell, tick)) {
      had.changedAt = tick;
    }
  }
  world.tick = tick;
}

/** What a client made of what it was sent, held against the rule after every frame. */
export class WorldReader {
  frames = 0;
  states = 0;
  wrong = 0;
  tick = 0;
  readonly #decoder = new Decoder(new ShiftingWorld());

  constructor(socket: WebSocket) {
    socket.on('message', (frame: Buffer) => this.#read(frame));
  }

  #read(frame: Buffer): void {
    const kind = frame[0]! & 0x1f;
    if (kind !== FRAME.ROOM_STATE && kind !== FRAME.ROOM_STATE_PATCH) return;
    this.frames += 1;
    try {
      // As the SDK does: a whole state is a correction of what is there.
      if (kind === FRAME.ROOM_STATE) {
        this.states += 1;
        this.#decoder.decodeResync(frame, { offset: 1 });
      } else {
        this.#decoder.decode(frame, { offset: 1 });
      }
      this.#check();
    } catch {
      this.wrong += 1;
    }
  }

  #check(): void {
    const { tick, cells } = this.#decoder.state;
    this.tick = tick;
    for (let cell = 0; cell < CELLS; cell++) {
      if (cells.get(String(cell))?.changedAt !== lastChange(cell, tick)) {
        this.wrong += 1;
        return;
      }
    }
  }
}
