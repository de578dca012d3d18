import { z } from 'zod';
import { defineMethods } from './method.ts';
import { Timestamp } from './system.ts';

/** What a user may say of themselves. */
export const ChosenStatus = z.enum(['online', 'away', 'busy']);
/** What others see: `offline` once the last connection is gone and the grace has passed. */
export const Status = z.enum(['online', 'away', 'busy', 'offline']);
export type ChosenStatus = z.infer<typeof ChosenStatus>;
export type Status = z.infer<typeof Status>;

/** The longest user id that a token may carry. */
export const MAX_USER_ID = 128;
export const UserId = z.string().min(1).max(MAX_USER_ID);

export const UserPresence = z.strictObject({
  userId: UserId,
  name: z.string(),
  status: Status,
  lastSeen: Timestamp,
  where: z.array(z.string()).describe('Names of the rooms that the user is in'),
});
export type UserPresence = z.infer<typeof UserPresence>;

export const playerMethods = defineMethods({
  'player.setStatus': {
    summary: 'Says how the caller wants to be seen.',
    params: z.strictObject({ status: ChosenStatus }),
    result: z.strictObject({ status: ChosenStatus }),
    rate: { perSecond: 1, burst: 5 },
  },
  'player.get': {
    summary: 'Presence of one user; of the caller when no user is named.',
    pure: true,
    params: z.strictObject({ userId: UserId.optional() }),
    result: UserPresence,
    errors: ['NOT_FOUND'],
  },
});

export const presenceMethods = defineMethods({
  'presence.list': {
    summary: 'A page of users, sorted by user id.',
    pure: true,
    cost: 5,
    params: z.strictObject({
      status: Status.optional(),
      after: UserId.optional().describe('The `next` of the page before'),
      limit: z.int().min(1).max(100).default(50),
    }),
    result: z.strictObject({
      users: z.array(UserPresence),
      next: UserId.nullable().describe('Pass it as `after` for the next page; null on the last'),
    }),
    rate: { perSecond: 5, burst: 20 },
  },
});
