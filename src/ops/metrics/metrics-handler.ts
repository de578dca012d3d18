import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { fail } from '../../fail.ts';
import { bearerOf } from '../../gate/bearer.ts';
import { type RefuseParts, refuse } from '../../http/refuse.ts';
import { isTracing } from '../tracing.ts';
import type { MetricsFormat, MetricsPages } from './MetricsPage.ts';

const HINT = 'Send the METRICS_TOKEN: Authorization: Bearer …';

/** `GET /metrics`, for who shows the token; for everybody when there is none. */
export function metricsHandler(
  pages: () => MetricsPages,
  token: string | undefined,
  parts: RefuseParts,
): RequestHandler {
  return async (request, response) => {
    try {
      if (token !== undefined && !isSame(bearerOf(request) ?? '', token)) throw fail('FORBIDDEN');
      const page = pages().of(formatFor(request));
      const text = await page.text();
      response.set('Content-Type', page.contentType).send(text);
    } catch (error) {
      refuse(parts, { request, response }, { error, counter: 'requests_refused', hint: HINT });
    }
  };
}

/**
 * There is nothing in OpenMetrics that text lacks, but for traces. Who names it at all can read it: each Prometheus asks
 * with parameters of its own, by which none of what `accepts` is told would match.
 */
function formatFor({ headers }: Request): MetricsFormat {
  return isTracing() && headers.accept?.includes('application/openmetrics-text') ? 'openmetrics' : 'text';
}

/** In a time that tells nothing of how much of it is right. */
function isSame(given: string, token: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
}
