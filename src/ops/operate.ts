import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { z } from 'zod';
import { errors } from '../../schema/index.ts';
import { fail, GatehouseError } from '../fail.ts';
import type { Logger } from './log.ts';

/** What an operator may have a node do. */
export interface Operations {
  /** Takes no new rooms from now on, and hands those that it has to other nodes. Resolves with how many it has. */
  drain(): Promise<number>;
  /** False: nobody took it, and it stayed. @throws NOT_FOUND for a room or a node that is not there */
  move(roomId: string, to: string | undefined): Promise<boolean>;
}

const MAX_BODY_BYTES = 4_096;
const MoveBody = z.strictObject({ to: z.string().max(128).optional() });

/** `/v1/admin/*`, behind the admin's door. */
export function operateRouter(operations: Operations, guard: RequestHandler, log: Logger): Router {
  const router = express.Router();
  router.use(guard, express.json({ limit: MAX_BODY_BYTES }));

  router.post('/drain', (request, response) =>
    answer(request, response, log, async () => ({ draining: true, rooms: await operations.drain() })),
  );

  router.post('/rooms/:id/move', (request, response) =>
    answer(request, response, log, async () => {
      const body = MoveBody.safeParse(request.body ?? {});
      if (!body.success) throw fail('INVALID_REQUEST');
      return { moved: await operations.move(String(request.params.id), body.data.to) };
    }),
  );

  // What express.json could not take.
  router.use((_error: unknown, request: Request, response: Response, _next: unknown) =>
    answer(request, response, log, () => Promise.reject(fail('INVALID_REQUEST'))),
  );
  return router;
}

async function answer(request: Request, response: Response, log: Logger, work: () => Promise<object>): Promise<void> {
  try {
    response.json(await work());
  } catch (error) {
    const name = error instanceof GatehouseError ? error.error : 'INTERNAL_ERROR';
    if (name === 'INTERNAL_ERROR') log.error({ path: request.path, error: String(error) }, 'admin action failed');
    const { http, code, message, retryable } = errors[name];
    response.status(http).json({ code, name, error: `${name}: ${message}`, retryable });
  }
}
