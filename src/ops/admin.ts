import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { errors } from '../../schema/index.ts';
import { fail, GatehouseError } from '../fail.ts';
import { bearerOf } from '../gate/bearer.ts';
import type { Gate } from '../gate/Gate.ts';
import type { Logger } from '../ops/log.ts';

const COOKIE = 'gatehouse_admin';

/**
 * Lets in tokens with the role `admin`: as `Authorization: Bearer`, or, for a
 * browser, once as `?token=`, which becomes a cookie of this path that no other
 * site can make the browser send.
 */
export function adminOnly(gate: Gate, log: Logger, path: string): RequestHandler {
  return async (request: Request, response: Response, next: NextFunction) => {
    try {
      gate.admitRequest(request);
      const fromQuery = typeof request.query.token === 'string' ? request.query.token : undefined;
      const identity = await gate.identify(fromQuery ?? bearerOf(request) ?? cookie(request));
      if (identity.role !== 'admin') throw fail('FORBIDDEN');
      if (request.method !== 'GET') log.info({ user: identity.userId, path: request.originalUrl }, 'admin action');
      if (fromQuery === undefined) {
        next();
        return;
      }
      const secure = request.secure || request.headers['x-forwarded-proto'] === 'https' ? '; Secure' : '';
      response.set('Set-Cookie', `${COOKIE}=${fromQuery}; Path=${path}; HttpOnly; SameSite=Strict${secure}`);
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

function cookie(request: Request): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=');
    if (name === COOKIE) return value;
  }
  return undefined;
}
