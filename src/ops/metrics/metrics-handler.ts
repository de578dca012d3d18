import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { errors } from '../../../schema/index.ts';
import { bearerOf } from '../../gate/bearer.ts';
import type { MetricsPage } from './MetricsPage.ts';

/** `GET /metrics`, for who shows the token; for everybody when there is none. */
export function metricsHandler(page: () => MetricsPage, token: string | undefined): RequestHandler {
  return async (request, response, next) => {
    try {
      if (token !== undefined && !isSame(bearerOf(request) ?? '', token)) {
        const { http, code, message } = errors.FORBIDDEN;
        const error = `FORBIDDEN: ${message}. Send the METRICS_TOKEN: Authorization: Bearer …`;
        response.status(http).json({ code, name: 'FORBIDDEN', error });
        return;
      }
      const text = await page().text();
      response.set('Content-Type', page().contentType).send(text);
    } catch (error) {
      next(error);
    }
  };
}

/** In a time that tells nothing of how much of it is right. */
function isSame(given: string, token: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
}
