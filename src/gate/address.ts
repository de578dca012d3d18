import type { IncomingMessage } from 'node:http';

/** The client's address, `trustProxy` proxies back. A header that nobody trusted has written does not count. */
export function addressOf(request: IncomingMessage, trustProxy: number): string {
  const socket = request.socket.remoteAddress ?? 'unknown';
  if (trustProxy === 0) return socket;
  const header = request.headers['x-forwarded-for'];
  const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((hop) => hop.trim());
  const address = hops.at(-trustProxy);
  return address === undefined || address === '' || address.length > 64 ? socket : address;
}
