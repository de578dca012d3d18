import { z } from 'zod';
import { defineMethods } from './method.ts';
import { Timestamp } from './system.ts';

export const sessionMethods = defineMethods({
  'session.get': {
    summary: 'The session of the caller.',
    pure: true,
    params: z.strictObject({}),
    result: z.strictObject({
      id: z.string(),
      userId: z.string(),
      name: z.string(),
      role: z.string(),
      roomId: z.string(),
      roomName: z.string(),
      state: z.enum(['joining', 'online', 'away', 'dropped', 'moving', 'gone']),
      joinedAt: Timestamp,
      expiresAt: Timestamp.describe('When the token of the session expires'),
      roundTripMs: z
        .number()
        .nonnegative()
        .nullable()
        .describe('Of the last answered heartbeat; null before the first'),
    }),
  },
  'session.refresh': {
    summary: 'Takes a new token of the same user, so that the session outlives the old one.',
    params: z.strictObject({ token: z.string().min(1).max(16_384) }),
    result: z.strictObject({ expiresAt: Timestamp }),
    errors: ['TOKEN_INVALID', 'TOKEN_EXPIRED', 'TOKEN_REVOKED', 'USER_MISMATCH'],
    rate: { perSecond: 0.5, burst: 5 },
  },
});
