import { z } from 'zod';
import { RecoverRequestSchema, SeatSchema, SessionViewSchema } from '../../schema/index.ts';
import { fail } from '../fail.ts';
import { bearerOf } from '../gate/bearer.ts';
import type { Gate } from '../gate/Gate.ts';
import type { Identity } from '../gate/identity.ts';
import { type ApiPart, type Call, route } from '../http/route.ts';
import type { AuditLog } from '../ops/AuditLog.ts';
import type { SessionRecord } from '../ports/session-store.ts';
import { type AskRoomParts, askRoom, endSession } from './ask-room.ts';

export interface SessionsApiParts extends AskRoomParts {
  readonly gate: Gate;
  readonly audit: () => AuditLog;
}

const MAX_BODY_BYTES = 4_096;
const Id = z.object({ id: z.string().max(64) });

/** `/v1/sessions/*`: at any node, wherever the room of the session is. */
export function sessionsApi(parts: SessionsApiParts): ApiPart {
  const { gate, store, audit } = parts;

  async function recordFor({
    request,
    params,
  }: Call<z.infer<typeof Id>>): Promise<{ who: Identity; record: SessionRecord }> {
    const who = await gate.identify(bearerOf(request));
    const record = await store.get(params.id);
    if (record === undefined) throw fail('NOT_FOUND');
    if (record.userId !== who.userId && who.role !== 'admin') throw fail('FORBIDDEN');
    return { who, record };
  }

  return {
    prefix: '/v1/sessions',
    door: 'page',
    refusals: 'sessions_refused',
    maxBodyBytes: MAX_BODY_BYTES,
    routes: [
      route({
        method: 'post',
        path: '/recover',
        summary:
          "Gives a session's seat to its user on another page or device. A connection that it still has is closed with 4405.",
        body: RecoverRequestSchema,
        token: 'needed',
        answers: { 200: { description: 'The seat, kept for RECONNECT_WINDOW', schema: SeatSchema } },
        errors: ['SEAT_EXPIRED', 'USER_MISMATCH'],
        async handle({ request, body: { sessionId, token, lastSequence } }) {
          const { userId } = await gate.admitJoin(bearerOf(request), 'recoveries_admitted');
          const record = await store.get(sessionId);
          if (record === undefined) throw fail('SEAT_EXPIRED');
          if (record.userId !== userId) throw fail('USER_MISMATCH');
          // Behind the room id, as SDKs keep it.
          const secret = token.slice(token.lastIndexOf(':') + 1);
          return askRoom(parts, record, 'recoverSession', { sessionId, userId, token: secret, lastSequence });
        },
      }),
      route({
        method: 'get',
        path: '/{id}',
        summary: 'A session, for its own user and for admins.',
        params: Id,
        token: 'needed',
        answers: { 200: { description: 'Its record, without secrets', schema: SessionViewSchema } },
        errors: ['FORBIDDEN'],
        handle: async (call) => SessionViewSchema.parse((await recordFor(call)).record),
      }),
      route({
        method: 'delete',
        path: '/{id}',
        summary: 'Leaves for good: as its own user by 4000, as an admin by 4401.',
        params: Id,
        token: 'needed',
        answers: { 204: { description: 'It has ended' } },
        errors: ['FORBIDDEN'],
        async handle(call) {
          const { who, record } = await recordFor(call);
          const isOwn = record.userId === who.userId;
          if (!isOwn) audit().note({ admin: who.userId, action: 'kick', target: record.id, outcome: 'asked' });
          await endSession(parts, record, isOwn ? 'LEFT' : 'KICKED');
        },
      }),
    ],
  };
}
