import { z } from 'zod';
import { WORLD } from '../input/movement.ts';
import { defineMethods } from './method.ts';
import { Timestamp } from './system.ts';

export const MAX_SAY = 200;
export const MAX_LABEL = 24;
/** Marks that one world holds at most. */
export const MAX_MARKS = 200;

const MarkId = z.string().min(1).max(32);
const x = z.number().min(0).max(WORLD.width);
const y = z.number().min(0).max(WORLD.height);
const ifVersion = z
  .int()
  .min(1)
  .max(0xffff_ffff)
  .optional()
  .describe('The version that the caller saw; the edit is refused with CONFLICT if it is another now');

/** Keeps what people can read: no control characters, no invisible direction marks. */
const printable = (max: number) =>
  z
    .string()
    .max(max)
    .transform((text) => text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, ' ').trim());

export const MarkValue = z.strictObject({
  id: MarkId,
  x: z.number(),
  y: z.number(),
  label: z.string(),
  by: z.string(),
  version: z.int(),
});
export type MarkValue = z.infer<typeof MarkValue>;

export const worldMethods = defineMethods({
  'world.say': {
    summary: 'Says something to everybody in the world; they get `world.said`.',
    journal: true,
    params: z.strictObject({ text: printable(MAX_SAY).pipe(z.string().min(1)) }),
    result: z.strictObject({ at: Timestamp }),
    rate: { perSecond: 2, burst: 6 },
  },
  'world.placeMark': {
    summary: 'Places a mark that everybody sees and may edit.',
    journal: true,
    params: z.strictObject({ x, y, label: printable(MAX_LABEL).default('') }),
    result: MarkValue,
    errors: ['LIMIT_REACHED'],
    rate: { perSecond: 5, burst: 20 },
  },
  'world.moveMark': {
    summary: 'Moves a mark.',
    journal: true,
    params: z.strictObject({ id: MarkId, x, y, ifVersion }),
    result: MarkValue,
    errors: ['NOT_FOUND', 'CONFLICT'],
    rate: { perSecond: 20, burst: 40 },
  },
  'world.removeMark': {
    summary: 'Removes a mark.',
    journal: true,
    params: z.strictObject({ id: MarkId, ifVersion }),
    result: z.null(),
    errors: ['NOT_FOUND', 'CONFLICT'],
    rate: { perSecond: 5, burst: 20 },
  },
});
