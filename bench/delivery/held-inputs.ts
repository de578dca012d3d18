import type { InputAPI } from '@colyseus/core';
import type { MoveInput } from '../../schema/index.ts';

type Stick = Pick<MoveInput, 'mx' | 'my'>;

/** What the world asks of its inputs, and nothing else. */
export function inputsFrom(next: (sessionId: string) => Stick | undefined): InputAPI<MoveInput> {
  return { get: (sessionId: string) => ({ next: () => next(sessionId) }) } as unknown as InputAPI<MoveInput>;
}

/** The last input of each player goes on until another comes: a player who sends a few a second walks in each step. */
export function heldInputs(inputs: InputAPI<MoveInput>): InputAPI<MoveInput> {
  const held = new Map<string, Stick>();
  return inputsFrom((sessionId) => {
    const input = inputs.get(sessionId).next();
    if (input === undefined) return held.get(sessionId);
    held.set(sessionId, { mx: input.mx, my: input.my });
    return input;
  });
}
