import { z } from 'zod';
import { defineMethods } from './method.ts';
import { SequenceSchema } from './sequence.ts';
import { Timestamp } from './system.ts';

/**
 * What the server sends to a client. Those whose result is null are
 * notifications; a client need not serve any of them.
 */
/** What the server does about a slow connection, from nothing to no state at all. */
export const LINK_STEPS = ['free', 'coalesce', 'half', 'quarter', 'eighth', 'latest', 'stopped'] as const;

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
  'session.recovered': {
    summary:
      'First of all that comes after a return: whether every numbered notification that was missed follows. ' +
      'If not, none does; what they said must be read from the state or asked for.',
    params: z.strictObject({
      recovered: z.boolean(),
      replayed: z.int().nonnegative().describe('How many notifications follow that were sent before'),
      last: SequenceSchema.describe('The number of the last that the room had sent at this moment'),
    }),
    result: z.null(),
  },
  'state.check': {
    summary:
      'The hash of the state that this client should hold after the patch before it (SPEC.md, HS). ' +
      'Call state.resync if it is another. Only for who joined with `stateChecks`.',
    params: z.strictObject({ hash: z.int().min(0).max(0xffff_ffff) }),
    result: z.null(),
  },
  'system.linkQuality': {
    summary: 'How well this connection takes what the server sends. Sent when it changes.',
    params: z.strictObject({
      step: z
        .enum(LINK_STEPS)
        .describe('free: all is sent at once; stopped: no state until the link is better, and then all of it'),
      waitingBytes: z.int().nonnegative().describe('What waits in the server'),
      roundTripMs: z.number().nonnegative().nullable().describe('Of the last answered heartbeat'),
    }),
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
