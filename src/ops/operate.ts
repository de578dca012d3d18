import { z } from 'zod';
import { type ApiPart, route } from '../http/route.ts';

/** What an operator may have a node do. */
export interface Operations {
  /** Takes no new rooms from now on, and hands those that it has to other nodes. Resolves with how many it has. */
  drain(): Promise<number>;
  /** False: nobody took it, and it stayed. @throws NOT_FOUND for a room or a node that is not there */
  move(roomId: string, to: string | undefined): Promise<boolean>;
}

const MAX_BODY_BYTES = 4_096;
const Drained = z.object({ draining: z.literal(true), rooms: z.int().describe('Those that it has') });
const MoveBody = z.strictObject({ to: z.string().max(128).optional().describe('A node; without it the least busy') });
const Moved = z.object({ moved: z.boolean().describe('False: nobody took it, and it stayed') });

/** `/v1/admin/*`, behind the admin's door. */
export function operateApi(operations: Operations): ApiPart {
  return {
    prefix: '/v1/admin',
    door: 'admin',
    refusals: 'admin_refused',
    maxBodyBytes: MAX_BODY_BYTES,
    routes: [
      route({
        method: 'post',
        path: '/drain',
        summary: 'Takes no new rooms from now on, and hands those that this node has to others.',
        answers: { 200: { description: 'It has begun', schema: Drained } },
        handle: async () => ({ draining: true, rooms: await operations.drain() }),
      }),
      route({
        method: 'post',
        path: '/rooms/{id}/move',
        summary: 'Hands a room of this node to another one.',
        params: z.object({ id: z.string() }),
        body: MoveBody,
        answers: { 200: { description: 'It was tried', schema: Moved } },
        handle: async ({ params, body }) => ({ moved: await operations.move(params.id, body.to) }),
      }),
    ],
  };
}
