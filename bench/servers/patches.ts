/** Frames for servers without a state: what the room of the bench sends its players, made beforehand. */
import { type InputAPI, Protocol } from '@colyseus/core';
import { Encoder } from '@colyseus/schema';
import { type BenchInput, BenchState, step, Walker } from '../game.ts';

/** In a tick one in three walks, each in turn. */
const PERIOD = 3;

/** A room with inputs stamps its patches with the time and the last input of who gets them. */
const stamp = Buffer.alloc(8);

const noInputs = { get: () => ({ next: () => undefined }) } as unknown as InputAPI<BenchInput>;

/** Patches of so many players, to be sent by turns. */
export function patchesOf(players: number): readonly Buffer[] {
  const state = new BenchState();
  const encoder = new Encoder(state);
  for (let i = 0; i < players; i++) state.walkers.set(`walker-${i}`, new Walker());
  encoder.encode();
  encoder.discardChanges();
  return Array.from({ length: PERIOD }, () => {
    step({ state, inputs: noInputs });
    // A copy: the encoder uses its buffer again.
    const patch = Buffer.concat([Buffer.of(Protocol.ROOM_STATE_PATCH), stamp, encoder.encode()]);
    encoder.discardChanges();
    return patch;
  });
}
