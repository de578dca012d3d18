import type { IncomingMessage } from 'node:http';
import { LAST_SEQUENCE_PARAM, readSequence, type Sequence } from '../../schema/index.ts';

/** What the address of a socket says, as every Colyseus SDK writes it: `/{node}/{room}?sessionId=…`. */
export interface SeatAddress {
  readonly url: URL;
  readonly node: string | undefined;
  readonly roomId: string | undefined;
  readonly sessionId: string | null;
  /** Of a return: the secret that only the client of the session has. */
  readonly recoveryToken: string | null;
  /** The JWT that came with it. */
  readonly token: string | null;
  /** Of a return: the last numbered notification that the client has seen, if it says so. */
  readonly lastSequence: Sequence | undefined;
}

/** Undefined for an address that does not parse: it would throw in the base class, outside of any handler. */
export function readSeatAddress(request: IncomingMessage): SeatAddress | undefined {
  const text = `ws://node${request.url}`;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const [, node, roomId] = /\/([\w-]+)\/([\w-]+)$/.exec(url.pathname) ?? [];
  const named = url.searchParams.get(LAST_SEQUENCE_PARAM);
  const lastSequence = named === null ? undefined : readSequence(named);
  if (named !== null && lastSequence === undefined) return undefined;
  return {
    url,
    node,
    roomId,
    sessionId: url.searchParams.get('sessionId'),
    recoveryToken: url.searchParams.get('reconnectionToken'),
    token: url.searchParams.get('_authToken'),
    lastSequence,
  };
}
