import { existsSync } from 'node:fs';
import { normalize } from 'node:path/posix';
import { monitor } from '@colyseus/monitor';
import express, { type Express, type RequestHandler } from 'express';
import { errors, type MethodTable } from '../../schema/index.ts';
import type { Config } from '../config.ts';
import { devTokenApi } from '../gate/dev-issuer.ts';
import type { Gate } from '../gate/Gate.ts';
import { matchmakeApi } from '../gate/matchmake.ts';
import type { AuditLog } from '../ops/AuditLog.ts';
import { adminOf, adminOnly } from '../ops/admin.ts';
import type { Counters } from '../ops/Counters.ts';
import { type Health, healthApi } from '../ops/health.ts';
import type { Logger } from '../ops/log.ts';
import type { MetricsPages } from '../ops/metrics/MetricsPage.ts';
import { metricsHandler } from '../ops/metrics/metrics-handler.ts';
import { type Operations, operateApi } from '../ops/operate.ts';
import type { Random } from '../ports/random.ts';
import { type SessionsApiParts, sessionsApi } from '../room/sessions-api.ts';
import { documentsApi } from './documents.ts';
import type { ApiPart } from './route.ts';
import { routerOf } from './router.ts';

export interface HttpParts {
  readonly config: Config;
  readonly gate: Gate;
  readonly counters: Counters;
  readonly log: Logger;
  readonly random: Random;
  readonly health: Health;
  readonly mayJoin: () => boolean;
  readonly operations: () => Operations;
  readonly metrics: () => MetricsPages;
  readonly sessions: SessionsApiParts;
  /** Every method of every room. */
  readonly methods: MethodTable;
  /** Folder of the built page; undefined serves none. */
  readonly page: string | undefined;
}

/** The table that both the routers and the OpenAPI document are made of. */
function apiOf(parts: HttpParts): ApiPart[] {
  const { config, gate, random, mayJoin } = parts;
  const { payloadBytes: maxBodyBytes, rooms: maxRooms } = config.limits;
  const api = [
    healthApi(parts.health),
    matchmakeApi({ gate, maxBodyBytes, maxRooms, mayJoin }),
    sessionsApi(parts.sessions),
    operateApi(parts.operations),
    ...(config.devTokens ? [devTokenApi(gate, random, config)] : []),
  ];
  return [...api, documentsApi(parts.methods, api)];
}

/** Everything that the server answers over HTTP. */
export async function httpApp(parts: HttpParts): Promise<Express> {
  const { config, gate, counters, log, operations, page } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.use(safeHeaders);

  const refuseParts = { gate, counters, log, isWhole: () => parts.health.checks.every((check) => check.isReady()) };
  if (!config.production || config.metricsToken !== undefined) {
    app.get('/metrics', metricsHandler(parts.metrics, config.metricsToken, refuseParts));
  }
  app.use('/matchmake', timedSeats(counters));
  if (page !== undefined && existsSync(`${page}/admin.html`)) {
    app.get('/admin', (request, response) => response.redirect(`/v1/admin/${new URL(request.url, 'http://_').search}`));
    app.get('/v1/admin', adminOnly(refuseParts, '/v1/admin'), (_request, response) => {
      response.sendFile('admin.html', { root: page });
    });
  }
  for (const part of apiOf(parts)) app.use(part.prefix, routerOf(part, refuseParts));
  if (config.monitor !== 'off') {
    const door = [adminOnly(refuseParts, '/monitor'), auditMonitor(() => operations().audit)];
    const guard: RequestHandler[] = config.monitor === 'admin' ? door : [];
    app.use('/monitor', ...guard, realRooms, relaxedForTool, monitor());
  }
  if (!config.production) await usePlayground(app);
  if (page !== undefined && existsSync(page)) {
    // Vite names its assets by their content: they can be kept for ever, the page cannot.
    app.use('/assets', express.static(`${page}/assets`, { immutable: true, maxAge: '1y', index: false }));
    app.use(notAdminPage);
    app.use(express.static(page, { maxAge: 0 }));
  }
  app.use(notFound);
  return app;
}

/** Colyseus's monitor has rooms do things by GET. */
function auditMonitor(audit: () => AuditLog): RequestHandler {
  return (request, response, next) => {
    if (request.path === '/api/room/call') {
      const { roomId, method } = request.query;
      audit().note({ admin: adminOf(response), action: `monitor ${method}`, target: String(roomId), outcome: 'asked' });
    }
    next();
  };
}

/** The admin's page is for admins, and has an address of its own; a file has many. */
const notAdminPage: RequestHandler = (request, response, next) => {
  const path = fileOf(request.path);
  if (path === undefined || path.endsWith('/admin.html')) notFound(request, response, next);
  else next();
};

/** As `express.static` reads it. Undefined: it cannot be decoded. */
function fileOf(path: string): string | undefined {
  try {
    return normalize(decodeURIComponent(path));
  } catch {
    return undefined;
  }
}

/** Colyseus keeps rooms in a plain object: it would call methods of what is named `constructor`. */
const realRooms: RequestHandler = (request, response, next) => {
  if (String(request.query.roomId) in Object.prototype) notFound(request, response, next);
  else next();
};

/** From the request to the last byte of its answer. */
function timedSeats(counters: Counters): RequestHandler {
  const seconds = counters.distribution('seat');
  return (request, response, next) => {
    const began = performance.now();
    if (request.method === 'POST') {
      response.once('finish', () => seconds.observe((performance.now() - began) / 1_000));
    }
    next();
  };
}

const safeHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy':
      "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; style-src 'self' 'unsafe-inline'; " +
      "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
  });
  next();
};

/** Colyseus's own tools carry inline scripts. */
const relaxedForTool: RequestHandler = (_request, response, next) => {
  response.removeHeader('Content-Security-Policy');
  next();
};

const notFound: RequestHandler = (_request, response) => {
  const { code, message } = errors.NOT_FOUND;
  response.status(404).json({ code, name: 'NOT_FOUND', error: `NOT_FOUND: ${message}` });
};

/** Loaded in development only: it patches Colyseus's rooms to show what they send. */
async function usePlayground(app: Express): Promise<void> {
  const { playground } = await import('@colyseus/playground');
  app.use('/playground', relaxedForTool, playground() as unknown as RequestHandler);
}
