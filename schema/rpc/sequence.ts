import { z } from 'zod';

/**
 * The place of a numbered notification in its room's journal. `n` grows by one
 * with each that the room numbers, whoever it is for: a client sees gaps.
 * `epoch` grows each time the room changes owner.
 */
export interface Sequence {
  readonly epoch: number;
  readonly n: number;
}

export const SequenceSchema = z.strictObject({
  epoch: z.int().nonnegative().describe('Grows each time the room changes owner'),
  n: z.int().nonnegative().describe('Counts the numbered notifications of the room'),
});

/** The parameter of a returning socket's address that names the last that the client has seen: `{epoch}.{n}`. */
export const LAST_SEQUENCE_PARAM = 'lastSequence';

/** Of a numbered notification, in its member `seq`; undefined of anything else. Never throws. */
export function sequenceOf(message: unknown): Sequence | undefined {
  if (typeof message !== 'object' || message === null || !('seq' in message)) return undefined;
  const parsed = SequenceSchema.safeParse(message.seq);
  return parsed.success ? parsed.data : undefined;
}

/** True when `one` was numbered after `other`. */
export function isAfter(one: Sequence, other: Sequence): boolean {
  return one.epoch === other.epoch ? one.n > other.n : one.epoch > other.epoch;
}

export function sequenceText({ epoch, n }: Sequence): string {
  return `${epoch}.${n}`;
}

/** Undefined for a text that names none. */
export function readSequence(text: string): Sequence | undefined {
  const [, epoch, n] = /^(\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
  return epoch === undefined || n === undefined ? undefined : { epoch: Number(epoch), n: Number(n) };
}
