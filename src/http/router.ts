import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from 'express';
import { fail, issuesOf } from '../fail.ts';
import { adminOnly } from '../ops/admin.ts';
import { type RefuseParts, refuse } from './refuse.ts';
import type { ApiPart, Route } from './route.ts';

/** Serves a part of the API below its prefix. */
export function routerOf(part: ApiPart, parts: RefuseParts): Router {
  const router = express.Router();
  const { door, refusals: counter, prefix } = part;
  const refused = (request: Request, response: Response, error: unknown) =>
    refuse(parts, { request, response }, { error, counter });

  if (door === 'admin') router.use(adminOnly(parts, prefix));
  if (door === 'page') router.use(forPages(part, parts, refused));
  for (const route of part.routes) {
    const json: RequestHandler[] =
      route.body === undefined ? [] : [express.json({ limit: part.maxBodyBytes, type: () => true, strict: true })];
    router[route.method](addressOf(route.path), ...json, async (request, response) => {
      try {
        await answer(route, request, response);
      } catch (error) {
        refused(request, response, error);
      }
    });
  }
  // What express could not take: a body that is no JSON or too large, a path that cannot be decoded.
  router.use((error: { type?: string }, request: Request, response: Response, _next: NextFunction) => {
    refused(request, response, fail(error.type === 'entity.too.large' ? 'PAYLOAD_TOO_LARGE' : 'INVALID_REQUEST'));
  });
  return router;
}

async function answer(route: Route, request: Request, response: Response): Promise<void> {
  const params = (route.params ?? NOTHING).safeParse(request.params);
  if (!params.success) throw fail('NOT_FOUND');
  const body = bodyOf(route, request);
  const [first] = Object.keys(route.answers);
  response.status(Number(first));
  const result = await route.handle({ request, response, params: params.data, body });
  if (result === undefined) response.end();
  else response.json(result);
}

/** Of a route without params or a body. */
const NOTHING = { safeParse: () => ({ success: true as const, data: undefined }) };

function bodyOf(route: Route, request: Request): unknown {
  if (route.body === undefined) return undefined;
  const sent: unknown = request.body ?? {};
  if (typeof sent !== 'object' || Array.isArray(sent)) throw fail('INVALID_REQUEST');
  const body = route.body.safeParse(sent);
  if (!body.success) throw fail('INVALID_PARAMS', { issues: issuesOf(body.error.issues) });
  return body.data;
}

/** Who asks from a page is let in by its origin, and the browser is told so. */
function forPages(
  { routes }: ApiPart,
  { gate }: RefuseParts,
  refused: (request: Request, response: Response, error: unknown) => void,
): RequestHandler {
  const methods = [...new Set(routes.map(({ method }) => method.toUpperCase())), 'OPTIONS'].join(', ');
  return (request, response, next) => {
    try {
      const isPreflight = request.method === 'OPTIONS';
      if (!isPreflight) gate.admitRequest(request);
      else if (!gate.originAllowed(request)) throw fail('ORIGIN_REFUSED');
      allowOrigin(request, response, methods);
      if (isPreflight) response.status(204).end();
      else next();
    } catch (error) {
      refused(request, response, error);
    }
  };
}

function allowOrigin(request: Request, response: Response, methods: string): void {
  response.vary('Origin');
  const { origin } = request.headers;
  if (origin === undefined) return;
  response.set({
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Allow-Methods': methods,
    'Access-Control-Allow-Headers': 'Content-Type, Authorization, Accept',
    'Access-Control-Max-Age': '600',
  });
}

/** As express writes it. */
function addressOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}
