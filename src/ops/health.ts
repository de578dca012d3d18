import { z } from 'zod';
import { type ApiPart, route } from '../http/route.ts';

/** Something that must work before traffic is sent here. */
export interface Check {
  readonly name: string;
  isReady(): boolean;
}

const Live = z.object({ status: z.literal('live') });
const Serving = z.object({ status: z.enum(['serving', 'not serving']) });
const Ready = z.object({
  status: z.enum(['ready', 'not ready']),
  checks: z.record(z.string(), z.enum(['ready', 'not ready'])),
});

export interface Health {
  readonly checks: readonly Check[];
  /** False while the node starts or ends, when it is drained and there are others, and when they go on without it. */
  readonly isServing: () => boolean;
}

export function healthApi({ checks, isServing }: Health): ApiPart {
  return {
    prefix: '/health',
    door: 'open',
    refusals: 'requests_refused',
    routes: [
      route({
        method: 'get',
        path: '/live',
        summary: 'The process answers.',
        answers: { 200: { description: 'It does', schema: Live } },
        handle: () => ({ status: 'live' }),
      }),
      route({
        method: 'get',
        path: '/serving',
        summary: 'For a balancer: the node serves who is here and who comes back, also without Redis or NATS.',
        answers: {
          200: { description: 'It does', schema: Serving },
          // HAProxy takes it as: nobody new, but who is there stays.
          404: { description: 'It starts, is drained or ends: no new connections', schema: Serving },
        },
        handle({ response }) {
          if (!isServing()) response.status(404);
          return { status: isServing() ? 'serving' : 'not serving' };
        },
      }),
      route({
        method: 'get',
        path: '/ready',
        summary: 'The node lets new players in.',
        answers: {
          200: { description: 'It does', schema: Ready },
          503: { description: 'It does not, and why', schema: Ready },
        },
        handle({ response }) {
          const results = checks.map((check) => [check.name, check.isReady() ? 'ready' : 'not ready']);
          const ready = checks.every((check) => check.isReady());
          if (!ready) response.status(503);
          return { status: ready ? 'ready' : 'not ready', checks: Object.fromEntries(results) };
        },
      }),
    ],
  };
}
