import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { fail } from '../fail.ts';
import { bearerOf } from '../gate/bearer.ts';
import { originAllowed } from '../gate/origin.ts';
import { type RefuseParts, refuse } from '../http/refuse.ts';

const COOKIE = 'gatehouse_admin';
/** One login is good for both. */
const PATHS = ['/monitor', '/v1/admin'];
const HINT = 'Send a token with the role admin: Authorization: Bearer …, or ?token=… in a browser.';

/**
 * Lets in tokens with the role `admin`: as `Authorization: Bearer`, or, for a
 * browser, once as `?token=`, which becomes a cookie of the admin's paths that no
 * other site can make the browser send, and no page but this server's own can use.
 */
export function adminOnly(parts: RefuseParts, path: string): RequestHandler {
  const { gate } = parts;
  return async (request: Request, response: Response, next: NextFunction) => {
    try {
      gate.admitRequest(request);
      const fromQuery = typeof request.query.token === 'string' ? request.query.token : undefined;
      const identity = await gate.identify(fromQuery ?? bearerOf(request) ?? cookie(request));
      if (identity.role !== 'admin') throw fail('FORBIDDEN');
      response.locals.admin = identity.userId;
      if (fromQuery === undefined) {
        next();
        return;
      }
      const secure = request.secure || request.headers['x-forwarded-proto'] === 'https' ? '; Secure' : '';
      const cookies = PATHS.map((each) => `${COOKIE}=${fromQuery}; Path=${each}; HttpOnly; SameSite=Strict${secure}`);
      response.set('Set-Cookie', cookies);
      // Away from the address bar and the history.
      response.redirect(303, `${path}/`);
    } catch (error) {
      refuse(parts, { request, response }, { error, counter: 'admin_refused', hint: HINT });
    }
  };
}

/** Who was let in. */
export function adminOf(response: Response): string {
  return String(response.locals.admin);
}

/** @throws ORIGIN_REFUSED */
function cookie({ headers }: Request): string | undefined {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=');
    if (name !== COOKIE) continue;
    if (!isOfOwnPage(headers)) throw fail('ORIGIN_REFUSED');
    return value;
  }
  return undefined;
}

/** To a browser a page at another port of this host is of the same site, and a GET that it makes has no origin. */
function isOfOwnPage(headers: Request['headers']): boolean {
  const { 'sec-fetch-site': site = 'none' } = headers;
  return (site === 'none' || site === 'same-origin') && originAllowed(headers, []);
}
