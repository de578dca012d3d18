/** Players that walk each their own way, and turn about once a second. */
import { Protocol } from '@colyseus/core';
import { InputEncoder } from '@colyseus/schema/input';
import type { WebSocket } from 'ws';
import { MoveInput } from '../../schema/index.ts';

const WAKE_MS = 5;
const HEADINGS = 32;
const TURNS_PER_SECOND = 1;
/** After a stall they do not catch up by more than this. */
const MAX_DEBT_MS = 50;

export interface WalkersOptions {
  readonly sockets: readonly WebSocket[];
  /** Inputs of each, spread evenly over the second; 0: none. */
  readonly perSecond: number;
}

export class Walkers {
  readonly #sockets: readonly WebSocket[];
  readonly #perSecond: number;
  readonly #headings: number[];
  readonly #frames = Array.from({ length: HEADINGS }, (_, i) => inputFrame((i / HEADINGS) * Math.PI * 2));
  #timer: NodeJS.Timeout | undefined;
  #next = 0;
  /** Inputs that went out. */
  sent = 0;

  constructor({ sockets, perSecond }: WalkersOptions) {
    this.#sockets = sockets;
    this.#perSecond = perSecond;
    this.#headings = sockets.map(anyHeading);
  }

  go(): object {
    if (this.#perSecond === 0 || this.#timer !== undefined) return {};
    let last = performance.now();
    let debt = 0;
    this.#timer = setInterval(() => {
      const now = performance.now();
      debt += (Math.min(now - last, MAX_DEBT_MS) / 1_000) * this.#perSecond * this.#sockets.length;
      last = now;
      for (; debt >= 1; debt -= 1) this.#send();
    }, WAKE_MS);
    return {};
  }

  stop(): object {
    clearInterval(this.#timer);
    this.#timer = undefined;
    return {};
  }

  #send(): void {
    const player = this.#next;
    this.#next = (player + 1) % this.#sockets.length;
    if (Math.random() < TURNS_PER_SECOND / this.#perSecond) this.#headings[player] = anyHeading();
    this.#sockets[player]!.send(this.#frames[this.#headings[player]!]!);
    this.sent += 1;
  }
}

function anyHeading(): number {
  return Math.floor(Math.random() * HEADINGS);
}

function inputFrame(angle: number): Buffer {
  const input = new MoveInput({ mx: Math.round(Math.cos(angle) * 127), my: Math.round(Math.sin(angle) * 127) });
  return Buffer.concat([Buffer.of(Protocol.ROOM_INPUT_RELIABLE), new InputEncoder(input).encode()]);
}
