import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';

/**
 * The client's address, `trustProxy` proxies back, in its one spelling: an IPv4
 * that came mapped into IPv6 is an IPv4. A header that nobody trusted has written
 * does not count, nor does what is no address.
 */
export function addressOf(request: IncomingMessage, trustProxy: number): string {
  const socket = canonical(request.socket.remoteAddress ?? '') ?? 'unknown';
  if (trustProxy === 0) return socket;
  const header = request.headers['x-forwarded-for'];
  const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((hop) => hop.trim());
  return canonical(hops.at(-trustProxy) ?? '') ?? socket;
}

/**
 * What limits per address count by. Whoever has one IPv6 address has the 2^64
 * beside it, and could be somebody else with each connection: so a /64 is one.
 */
export function limitKey(address: string): string {
  if (!isIPv6(address)) return address;
  const groups = groupsOf(address)
    .slice(0, 4)
    .map((group) => group.toString(16));
  return `${groups.join(':')}::/64`;
}

/** Some proxies write a port behind an address, and brackets around one of IPv6. */
const WITH_PORT = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/;

function canonical(text: string): string | undefined {
  const [, bracketed, beforePort] = WITH_PORT.exec(text) ?? [];
  const [address = ''] = (bracketed ?? beforePort ?? text).split('%'); // The zone of a link-local one.
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return undefined;
  const shortest = new URL(`http://[${address}]`).hostname.slice(1, -1);
  return embeddedIPv4(groupsOf(shortest)) ?? shortest;
}

/** Prefixes of 96 bits before an IPv4: mapped, and as a NAT64 writes it (RFC 6052). */
const BEFORE_IPV4 = ['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0'];

function embeddedIPv4(groups: readonly number[]): string | undefined {
  const prefix = groups.slice(0, 6).map((group) => group.toString(16));
  if (!BEFORE_IPV4.includes(prefix.join(':'))) return undefined;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}

/** The eight numbers of an IPv6 address that is written without an IPv4 in it. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const numbers = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const [first, last] = [numbers(head), numbers(tail ?? '')];
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}
