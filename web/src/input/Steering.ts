import { readGamepad } from './gamepad.ts';
import { watchKeyboard } from './keyboard.ts';
import { watchStick } from './stick.ts';

/** −1 … 1 on each axis; y grows downwards. */
export interface Direction {
  readonly x: number;
  readonly y: number;
}

const STICK_MAX = 127;

/** Keyboard, touch stick and gamepad as one stick of the wire. */
export class Steering {
  readonly #sources = [watchKeyboard(), watchStick(), readGamepad];

  /** The first source that points anywhere. */
  read(): { mx: number; my: number } {
    for (const source of this.#sources) {
      const { x, y } = source();
      if (x !== 0 || y !== 0) return { mx: toWire(x), my: toWire(y) };
    }
    return { mx: 0, my: 0 };
  }
}

function toWire(value: number): number {
  return Math.round(Math.max(-1, Math.min(1, value)) * STICK_MAX);
}
