import { createHash } from 'node:crypto';
import { ClientState } from '@colyseus/core';
import type { Session } from './Session.ts';

/** What is kept of a reconnection token: enough to recognise it, nothing to use. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** The token of the session's seat, for the hash of one that recovers it. */
export function currentToken(session: Session, hash: string): string | undefined {
  const { client, recoveryHash, previousRecoveryHash } = session;
  if (hash === recoveryHash) return client.reconnectionToken;
  const confirmed = client.state === ClientState.JOINED;
  return hash === previousRecoveryHash && !confirmed ? client.reconnectionToken : undefined;
}
