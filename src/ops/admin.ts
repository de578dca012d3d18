import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { errors } from '../../schema/index.ts';
import { fail, GatehouseError } from '../fail.ts';
import { bearerOf } from '../gate/bearer.ts';
import type { Gate } from '../gate/Gate.ts';

const COOKIE = 'gatehouse_admin';
/** One login is good for both. */
const PATHS = ['/monitor', '/v1/admin'];

/**
 * Lets in tokens with the role `admin`: as `Authorization: Bearer`, or, for a
 * browser, once as `?token=`, which becomes a cookie of the admin's paths that no
 * other site can make the browser send.
 */
export function adminOnly(gate: Gate, path: string): RequestHandler {
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
      const name = error instanceof GatehouseError ? error.error : 'INTERNAL_ERROR';
      const { http, code, message } = errors[name];
      const hint = 'Send a token with the role admin: Authorization: Bearer …, or ?token=… in a browser.';
      response.status(http).json({ code, name, error: `${name}: ${message}. ${hint}` });
    }
  };
}

/** Who was let in. */
export function adminOf(response: Response): string {
  return String(response.locals.admin);
}

function cookie(request: Request): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=');
    if (name === COOKIE) return value;
  }
  return undefined;
}
