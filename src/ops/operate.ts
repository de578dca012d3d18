import { existsSync } from 'node:fs';
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { z } from 'zod';
import { errors } from '../../schema/index.ts';
import { LOG_LEVELS, type Operator } from '../cluster/Operator.ts';
import { fail, GatehouseError } from '../fail.ts';
import type { Clock } from '../ports/clock.ts';
import type { NodeRecord } from '../ports/nodes.ts';
import type { Revocations } from '../ports/revocations.ts';
import type { SessionStore } from '../ports/session-store.ts';
import type { AuditLog } from './AuditLog.ts';
import { adminOf } from './admin.ts';
import type { Logger } from './log.ts';

/** What an operator works with. */
export interface Operations {
  readonly nodeId: string;
  readonly operator: Operator;
  readonly audit: AuditLog;
  readonly nodes: () => readonly NodeRecord[];
  readonly sessions: SessionStore;
  readonly revocations: Revocations;
  readonly clock: Clock;
}

const MAX_BODY_BYTES = 4_096;
/** Tokens that were issued before are refused for so long: longer than tokens should live. */
const REVOKED_DAYS = 30;
const DAY_MS = 86_400_000;

const id = z.string().min(1).max(256);
const NodeBody = z.strictObject({ node: id.optional() });
const MoveBody = z.strictObject({ to: id.optional(), node: id.optional() });
const LevelBody = z.strictObject({ level: z.enum(LOG_LEVELS), node: id.optional() });
const RevokeBody = z.strictObject({ blockDays: z.number().min(0.01).max(365).optional() });

/** `/v1/admin/*`, behind the admin's door: a page, what it shows, and what it does. Each thing that is done is written down. */
export function operateRouter(
  operations: () => Operations,
  { guard, log, page }: { guard: RequestHandler; log: Logger; page: string | undefined },
): Router {
  const router = express.Router();
  router.use(guard, express.json({ limit: MAX_BODY_BYTES }));
  if (page !== undefined && existsSync(`${page}/admin.html`)) {
    router.get('/', (_request, response) => response.sendFile('admin.html', { root: page }));
  }

  const show = (path: string, read: (request: Request, parts: Operations) => Promise<object> | object) =>
    router.get(path, (request, response) => answer(request, response, log, async () => read(request, operations())));

  const act = <Body extends z.ZodType>(
    path: string,
    {
      action,
      schema,
      target,
    }: { action: string; schema: Body; target: (request: Request, body: z.output<Body>) => string },
    work: (body: z.output<Body>, parts: Operations, request: Request) => Promise<object>,
  ) =>
    router.post(path, (request, response) =>
      answer(request, response, log, async () => {
        const body = schema.safeParse(request.body ?? {});
        if (!body.success) throw fail('INVALID_REQUEST');
        const parts = operations();
        const note = (outcome: string) =>
          parts.audit.note({ admin: adminOf(response), action, target: target(request, body.data), outcome });
        try {
          const result = await work(body.data, parts, request);
          note('ok');
          return result;
        } catch (error) {
          note(error instanceof GatehouseError ? error.error : 'INTERNAL_ERROR');
          throw error;
        }
      }),
    );

  show('/nodes', (_request, { nodes, nodeId }) => ({ here: nodeId, nodes: nodes() }));
  show('/nodes/:id/rooms', async (request, { operator }) => ({
    rooms: await operator.run(param(request), { do: 'rooms' }),
  }));
  show('/users/:id/sessions', async (request, { sessions }) => {
    const found = await sessions.byUser(param(request));
    // Not what recovers a session, nor what names its token.
    return { sessions: found.map(({ recoveryHash: _hash, tokenId: _token, ...shown }) => shown) };
  });
  show('/audit', (_request, { audit }) => ({ entries: audit.latest() }));

  act(
    '/drain',
    { action: 'drain', schema: NodeBody, target: (_request, { node }) => node ?? 'this node' },
    async ({ node }, { operator, nodeId }) => ({
      draining: true,
      rooms: await operator.run(node ?? nodeId, { do: 'drain' }),
    }),
  );
  act(
    '/rooms/:id/move',
    { action: 'move', schema: MoveBody, target: (request, { to }) => `${param(request)} → ${to ?? 'any'}` },
    async ({ to, node }, { operator, nodeId }, request) => ({
      moved: await operator.run(node ?? nodeId, { do: 'move', roomId: param(request), ...(to && { to }) }),
    }),
  );
  act(
    '/sessions/:id/kick',
    { action: 'kick', schema: z.strictObject({}), target: param },
    async (_body, { operator, sessions }, request) => {
      const record = await sessions.get(param(request));
      if (record === undefined) throw fail('NOT_FOUND');
      return { kicked: await operator.run(record.nodeId, { do: 'kick', sessionId: record.id }) };
    },
  );
  act(
    '/users/:id/revoke',
    { action: 'revoke', schema: RevokeBody, target: param },
    async ({ blockDays }, { revocations, clock }, request) => {
      const [userId, now] = [param(request), clock.now()];
      const until = now + (blockDays ?? REVOKED_DAYS) * DAY_MS;
      if (blockDays === undefined) await revocations.revoke({ kind: 'issued-before', userId, before: now, until });
      else await revocations.revoke({ kind: 'user', userId, until });
      return { revoked: true, until };
    },
  );
  act(
    '/log-level',
    {
      action: 'log level',
      schema: LevelBody,
      target: (_request, { node, level }) => `${node ?? 'every node'}: ${level}`,
    },
    async ({ level, node }, { operator, nodes, nodeId }) => {
      const all = node === undefined ? [...new Set([nodeId, ...nodes().map((each) => each.id)])] : [node];
      await Promise.all(all.map((each) => operator.run(each, { do: 'log-level', level })));
      return { level, nodes: all };
    },
  );

  // What express.json could not take.
  router.use((_error: unknown, request: Request, response: Response, _next: unknown) =>
    answer(request, response, log, () => Promise.reject(fail('INVALID_REQUEST'))),
  );
  return router;
}

const param = (request: Request): string => String(request.params.id);

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
