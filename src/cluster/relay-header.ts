import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * A request that one node hands to another says so in this header, signed with
 * the deployment's secret: nobody outside can claim to be a node, choose its own
 * address, or make a request go round in circles.
 */
export const RELAY_HEADER = 'x-gatehouse-relay';

export interface RelayClaim {
  /** Node ids. */
  readonly from: string;
  readonly to: string;
  /** Of the client, as the first node saw it. */
  readonly address: string;
}

export function signRelay(claim: RelayClaim, url: string, secret: string): string {
  const { from, to, address } = claim;
  const text = Buffer.from(JSON.stringify({ from, to, address })).toString('base64url');
  return `${text}.${macOf(text, url, secret)}`;
}

/** The claim of a relayed request; undefined for one that comes from a client; `forged` for one that lies. */
export function readRelay(request: IncomingMessage, nodeId: string, secret: string): RelayClaim | 'forged' | undefined {
  const header = request.headers[RELAY_HEADER];
  if (header === undefined) return undefined;
  if (Array.isArray(header) || header.length > 1_024) return 'forged';
  const [text = '', mac = ''] = header.split('.');
  const expected = Buffer.from(macOf(text, request.url ?? '', secret));
  const given = Buffer.from(mac);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'forged';
  try {
    const claim = JSON.parse(Buffer.from(text, 'base64url').toString()) as RelayClaim;
    return claim.to === nodeId ? claim : 'forged';
  } catch {
    return 'forged';
  }
}

function macOf(text: string, url: string, secret: string): string {
  return createHmac('sha256', secret).update(`${text}\n${url}`).digest('base64url');
}
