import { z } from 'zod';
import { type ApiPart, route } from '../http/route.ts';

/** Something that must work before traffic is sent here. */
export interface Check {
  readonly name: string;
  isReady(): boolean;
}

const Live = z.object({ status: z.literal('live') });
const Ready = z.object({
  status: z.enum(['ready', 'not ready']),
  checks: z.record(z.string(), z.enum(['ready', 'not ready'])),
});

export function healthApi(checks: readonly Check[]): ApiPart {
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
        path: '/ready',
        summary: 'The node takes players.',
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
