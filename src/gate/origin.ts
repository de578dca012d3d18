import type { IncomingHttpHeaders } from 'node:http';

/**
 * True when a page of this origin may talk to the server. A client that sends
 * no `Origin` is no web page: it is let through, its token decides.
 */
export function originAllowed(headers: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (allowed.includes('*') || allowed.includes(origin)) return true;
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
