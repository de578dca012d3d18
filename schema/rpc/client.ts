import { z } from 'zod';
import { defineMethods } from './method.ts';
import { Timestamp } from './system.ts';

/**
 * What the server sends to a client. Those whose result is null are
 * notifications; a client need not serve any of them.
 */
export const clientMethods = defineMethods({
  'client.ping': {
    summary: 'Asks whether the client itself answers, not only its socket.',
    params: z.strictObject({}),
    result: z.strictObject({ at: Timestamp }),
  },
  'session.expiring': {
    summary: 'The token of the session expires soon. Call session.refresh with a new one.',
    params: z.strictObject({ expiresAt: Timestamp, closesAt: Timestamp }),
    result: z.null(),
  },
  'world.said': {
    summary: 'Somebody said something.',
    params: z.strictObject({
      sessionId: z.string(),
      userId: z.string(),
      name: z.string(),
      text: z.string(),
      at: Timestamp,
    }),
    result: z.null(),
  },
});
export type ClientMethods = typeof clientMethods;
