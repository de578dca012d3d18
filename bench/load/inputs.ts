/** Inputs of all players, spread evenly over the second instead of in one burst a tick. */
import { Protocol } from '@colyseus/core';
import { InputEncoder } from '@colyseus/schema/input';
import type { WebSocket } from 'ws';
import { BenchInput } from '../game.ts';

const WAKE_MS = 4;
/** After a stall the load does not catch up by more than this: players do not either. */
const MAX_DEBT_MS = 50;

const HEADINGS = [
  [127, 0],
  [90, 90],
  [0, 127],
  [-90, 90],
  [-127, 0],
  [-90, -90],
  [0, -127],
  [90, -90],
] as const;

/** Sends, as long as `running` says so. `onSent` is told how many. */
export function sendInputs(
  sockets: readonly WebSocket[],
  perSecond: number,
  running: () => boolean,
  onSent: (count: number) => void,
): void {
  const frames = HEADINGS.map(([mx, my]) => inputFrame(mx, my));
  const perMs = (perSecond * sockets.length) / 1_000;
  let last = performance.now();
  let debt = 0;
  let turn = 0;
  setInterval(() => {
    const now = performance.now();
    debt += Math.min(now - last, MAX_DEBT_MS) * perMs;
    last = now;
    const due = Math.floor(debt);
    debt -= due;
    if (!running()) return;
    for (let i = 0; i < due; i++, turn++) {
      const heading = Math.floor(turn / sockets.length) % frames.length;
      sockets[turn % sockets.length]!.send(frames[heading]!);
    }
    onSent(due);
  }, WAKE_MS);
}

function inputFrame(mx: number, my: number): Buffer {
  const body = new InputEncoder(new BenchInput({ mx, my })).encode();
  return Buffer.concat([Buffer.of(Protocol.ROOM_INPUT_RELIABLE), body]);
}
