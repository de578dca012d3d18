import type { ClientMethods, MethodTable, ServerMethods } from '@gatehouse/schema';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import type { RpcPeer } from './rpc-peer.ts';
import type { TokenSource } from './token-source.ts';

export interface SessionRefreshParts<S extends MethodTable, C extends MethodTable> {
  readonly rpc: RpcPeer<S, C>;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly log: Log;
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Serves what every Gatehouse room sends to every client: `client.ping` is
 * answered, and on `session.expiring` the session gets a new token. When that
 * fails the server closes with TOKEN_EXPIRED in the end, and the way back asks
 * for a new token once more.
 */
export function keepSessionFresh<S extends MethodTable, C extends MethodTable>(parts: SessionRefreshParts<S, C>): void {
  const { tokens, clock, log, onTrouble } = parts;
  // Both methods belong to the platform, so they are there whatever tables a game adds.
  const rpc = parts.rpc as unknown as RpcPeer<ServerMethods, ClientMethods>;
  rpc.serve('client.ping', () => ({ at: clock.now() }));
  rpc.serve('session.expiring', async ({ expiresAt, closesAt }) => {
    if (!tokens.renewable) {
      log({ level: 'warn', event: 'session.expiring', expiresAt, closesAt, renewable: false });
      return;
    }
    try {
      const token = await tokens.renew();
      const refreshed = await rpc.call('session.refresh', { token });
      log({ level: 'info', event: 'session.refreshed', expiresAt: refreshed.expiresAt });
    } catch (error) {
      log({ level: 'error', event: 'session.refreshFailed', error });
      onTrouble(error);
    }
  });
}
