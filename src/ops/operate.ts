import { z } from 'zod';
import { SessionViewSchema, Timestamp } from '../../schema/index.ts';
import { LOG_LEVELS, type Operator } from '../cluster/Operator.ts';
import { fail, GatehouseError } from '../fail.ts';
import { type ApiPart, type Call, type Route, type RouteSpec, route } from '../http/route.ts';
import type { Clock } from '../ports/clock.ts';
import type { NodeRecord } from '../ports/nodes.ts';
import type { Revocations } from '../ports/revocations.ts';
import type { SessionRecord, SessionStore } from '../ports/session-store.ts';
import { AuditEntry, type AuditLog } from './AuditLog.ts';
import { adminOf } from './admin.ts';

/** What an operator works with. */
export interface Operations {
  readonly nodeId: string;
  readonly operator: Operator;
  readonly audit: AuditLog;
  readonly nodes: () => readonly NodeRecord[];
  readonly sessions: SessionStore;
  /** Ends a session for good, wherever it is. False: it was gone by then. */
  readonly kick: (session: SessionRecord) => Promise<boolean>;
  readonly revocations: Revocations;
  readonly clock: Clock;
}

const MAX_BODY_BYTES = 4_096;
/** Tokens that were issued before are refused for so long: longer than tokens should live. */
const REVOKED_DAYS = 30;
const DAY_MS = 86_400_000;

const id = z.string().min(1).max(256);
const Target = z.object({ id });
const node = id.optional().describe('Default: the one that is asked');
const level = z.enum(LOG_LEVELS);
const RevokeBody = z.strictObject({
  blockDays: z
    .number()
    .min(0.01)
    .max(365)
    .optional()
    .describe('No token is good for so long. Without it those that were issued until now are not'),
});
const Level = z.strictObject({ level, node: id.optional().describe('Default: every node') });
const Move = z.strictObject({ to: id.optional().describe('A node. Default: the least busy'), node });

const Nodes = z.object({
  here: z.string().describe('The node that was asked'),
  nodes: z.array(
    z.object({
      id: z.string(),
      address: z.string(),
      version: z.string(),
      state: z.enum(['starting', 'ready', 'draining']),
      rooms: z.int(),
      connections: z.int(),
      startedAt: Timestamp,
    }),
  ),
});
const Rooms = z.object({
  rooms: z.array(z.object({ roomId: z.string(), roomName: z.string(), players: z.int(), locked: z.boolean() })),
});
const Sessions = z.object({ sessions: z.array(SessionViewSchema) });

/** `/v1/admin/*`, behind the admin's door: what its page shows, and what it does. Each thing that is done is written down. */
export function operateApi(operations: () => Operations): ApiPart {
  return {
    prefix: '/v1/admin',
    door: 'admin',
    refusals: 'admin_refused',
    maxBodyBytes: MAX_BODY_BYTES,
    routes: [...shown(operations), ...done(operations)],
  };
}

function shown(operations: () => Operations): Route[] {
  return [
    route({
      method: 'get',
      path: '/nodes',
      summary: 'The live nodes.',
      answers: { 200: { description: 'As of their last beats', schema: Nodes } },
      handle: () => Nodes.parse({ here: operations().nodeId, nodes: operations().nodes() }),
    }),
    route({
      method: 'get',
      path: '/nodes/{id}/rooms',
      summary: 'The rooms of a node.',
      params: Target,
      answers: { 200: { description: 'All of them', schema: Rooms } },
      handle: async ({ params }) => Rooms.parse({ rooms: await operations().operator.run(params.id, { do: 'rooms' }) }),
    }),
    route({
      method: 'get',
      path: '/users/{id}/sessions',
      summary: 'The sessions of a user, on every node.',
      params: Target,
      answers: { 200: { description: 'Their records, without secrets', schema: Sessions } },
      handle: async ({ params }) => Sessions.parse({ sessions: await operations().sessions.byUser(params.id) }),
    }),
    route({
      method: 'get',
      path: '/audit',
      summary: 'What admins did lately, on every node.',
      answers: { 200: { description: 'The latest first', schema: z.object({ entries: z.array(AuditEntry) }) } },
      handle: () => ({ entries: operations().audit.latest() }),
    }),
  ];
}

function done(operations: () => Operations): Route[] {
  /** As `route`; what becomes of it is in the audit log. */
  function act<P extends z.ZodType, B extends z.ZodType>({
    action,
    target,
    ...spec
  }: Omit<RouteSpec<P, B>, 'method'> & {
    action: string;
    target(call: Call<z.output<P>, z.output<B>>): string;
  }): Route {
    return route<P, B>({
      ...spec,
      method: 'post',
      async handle(call) {
        const note = (outcome: string) =>
          operations().audit.note({ admin: adminOf(call.response), action, target: target(call), outcome });
        try {
          const result = await spec.handle(call);
          note('ok');
          return result;
        } catch (error) {
          note(error instanceof GatehouseError ? error.error : 'INTERNAL_ERROR');
          throw error;
        }
      },
    });
  }
  const answer = (description: string, schema: z.ZodType) => ({ 200: { description, schema } });

  return [
    act({
      action: 'drain',
      target: ({ body }) => body.node ?? 'this node',
      path: '/drain',
      summary: 'Has a node take no new rooms from now on, and hand those that it has to others.',
      body: z.strictObject({ node }),
      answers: answer(
        'It has begun',
        z.object({ draining: z.literal(true), rooms: z.int().describe('Those that it has') }),
      ),
      async handle({ body }) {
        const { operator, nodeId } = operations();
        return { draining: true, rooms: await operator.run(body.node ?? nodeId, { do: 'drain' }) };
      },
    }),
    act({
      action: 'move',
      target: ({ params, body }) => `${params.id} → ${body.to ?? 'any'}`,
      path: '/rooms/{id}/move',
      summary: 'Has a node hand one of its rooms to another.',
      params: Target,
      body: Move,
      answers: answer(
        'It was tried',
        z.object({ moved: z.boolean().describe('False: nobody took it, and it stayed') }),
      ),
      async handle({ params, body: { to, node } }) {
        const { operator, nodeId } = operations();
        const moved = await operator.run(node ?? nodeId, { do: 'move', roomId: params.id, ...(to && { to }) });
        return { moved };
      },
    }),
    act({
      action: 'kick',
      target: ({ params }) => params.id,
      path: '/sessions/{id}/kick',
      summary: 'Ends a session for good, with 4401.',
      params: Target,
      body: z.strictObject({}),
      answers: answer('It was tried', z.object({ kicked: z.boolean().describe('False: it was gone by then') })),
      async handle({ params }) {
        const { sessions, kick } = operations();
        const record = await sessions.get(params.id);
        if (record === undefined) throw fail('NOT_FOUND');
        return { kicked: await kick(record) };
      },
    }),
    act({
      action: 'revoke',
      target: ({ params }) => params.id,
      path: '/users/{id}/revoke',
      summary: "Refuses a user's tokens, on every node within a second; their sessions end.",
      params: Target,
      body: RevokeBody,
      answers: answer('It is done', z.object({ revoked: z.literal(true), until: Timestamp })),
      async handle({ params: { id: userId }, body: { blockDays } }) {
        const { revocations, clock } = operations();
        const now = clock.now();
        const until = now + (blockDays ?? REVOKED_DAYS) * DAY_MS;
        if (blockDays === undefined) await revocations.revoke({ kind: 'issued-before', userId, before: now, until });
        else await revocations.revoke({ kind: 'user', userId, until });
        return { revoked: true, until };
      },
    }),
    act({
      action: 'log level',
      target: ({ body }) => `${body.node ?? 'every node'}: ${body.level}`,
      path: '/log-level',
      summary: 'Sets the level of the log until the node ends.',
      body: Level,
      answers: answer('It is set', z.object({ level, nodes: z.array(z.string()) })),
      async handle({ body: { level, node } }) {
        const { operator, nodes, nodeId } = operations();
        const all = node === undefined ? [...new Set([nodeId, ...nodes().map((each) => each.id)])] : [node];
        await Promise.all(all.map((each) => operator.run(each, { do: 'log-level', level })));
        return { level, nodes: all };
      },
    }),
  ];
}
