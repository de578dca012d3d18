import { z } from 'zod';
import { defineMethods } from './method.ts';

/** Milliseconds since 1970. */
export const Timestamp = z.number().nonnegative().describe('Milliseconds since 1970');

export const systemMethods = defineMethods({
  'system.ping': {
    summary: 'Answers at once. For measuring a round trip through the room.',
    pure: true,
    params: z.strictObject({ echo: z.union([z.string().max(64), z.number()]).optional() }),
    result: z.strictObject({ at: Timestamp, echo: z.union([z.string(), z.number()]).optional() }),
  },
  'system.time': {
    summary: 'The clocks of the server: wall clock, and milliseconds since the room was created.',
    pure: true,
    params: z.strictObject({}),
    result: z.strictObject({ now: Timestamp, roomTime: z.number().nonnegative() }),
  },
  'system.info': {
    summary: 'What runs here: versions, node, room, and the limits that a client should keep to.',
    pure: true,
    params: z.strictObject({}),
    result: z.strictObject({
      name: z.literal('gatehouse'),
      version: z.string(),
      node: z.string(),
      roomId: z.string(),
      roomName: z.string(),
      limits: z.strictObject({
        payloadBytes: z.int(),
        messagesPerSecond: z.number(),
        bytesPerSecond: z.number(),
        batch: z.int(),
        reconnectWindowMs: z.number(),
      }),
    }),
  },
});
