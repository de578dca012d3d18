import { z } from 'zod';
import { SequenceSchema } from '../rpc/sequence.ts';
import { Timestamp } from '../rpc/system.ts';

/** What a seat is reserved with: Colyseus's SDKs take it as it is (`consumeSeatReservation`). */
export const SeatSchema = z.object({
  name: z.string().describe('Of the room type'),
  roomId: z.string(),
  sessionId: z.string(),
  processId: z.string().describe('The node that has the room: first part of the address of the socket'),
  publicAddress: z.string().optional().describe('Of that node, when it has one of its own'),
  reconnectionToken: z.string().optional().describe('Goes into the address of the socket, as `reconnectionToken`'),
});
export type SeatReservation = z.infer<typeof SeatSchema>;

/** `POST /v1/sessions/recover`. */
export const RecoverRequestSchema = z.strictObject({
  sessionId: z.string().min(1).max(64),
  token: z
    .string()
    .min(1)
    .max(256)
    .describe("The session's recovery token: what an SDK's `room.reconnectionToken` holds, or what follows its colon"),
  lastSequence: SequenceSchema.optional().describe('`seq` of the last numbered notification that was seen'),
});
export type RecoverRequest = z.infer<typeof RecoverRequestSchema>;

/** A session, as its own user and an admin may see it. */
export const SessionViewSchema = z.object({
  id: z.string(),
  userId: z.string(),
  name: z.string(),
  role: z.string(),
  roomId: z.string(),
  roomName: z.string(),
  nodeId: z.string().describe('The node that has the room'),
  epoch: z.int().describe('Grows each time the room changes owner'),
  state: z.enum(['joining', 'online', 'away', 'dropped', 'moving', 'gone']),
  joinedAt: Timestamp,
  updatedAt: Timestamp.describe('When the record was last written'),
  expiresAt: Timestamp.describe('When the token of the session expires'),
});
export type SessionView = z.infer<typeof SessionViewSchema>;
