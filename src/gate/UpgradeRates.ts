import { limitKey } from './address.ts';
import { TokenBuckets } from './token-bucket.ts';

/**
 * Of one session from one address. A Colyseus SDK makes 15 attempts for a lost
 * connection, the client kit about 27 in the minute that a seat is kept: who
 * needs more than 20 at once and one a second runs in a loop.
 */
const OF_SESSION = { burst: 20, perSecond: 1 };

/** Longer is no session id: all of those count as one. */
const MAX_SESSION_ID = 64;

/**
 * Of one address, for the `connections` that it may have (500 by default). A
 * deploy or a lost uplink takes them all in one moment: each comes back once to a
 * seat that may be gone and joins anew, and every other attempt may be lost on
 * the way: 4 × connections at once. After that each may come back every 10
 * seconds, for ever. A return that fails was measured at 0.7 ms of CPU, one that
 * succeeds at 1.3 ms, a refused upgrade at 0.3 ms: a loop costs 2.6 seconds once,
 * and then a fifteenth of a core.
 */
function ofAddress(connections: number): { burst: number; perSecond: number } {
  return { burst: Math.max(20, connections * 4), perSecond: Math.max(1, connections / 10) };
}

/** How often sockets may be opened: each costs a handshake, and a return the verification of a token. */
export class UpgradeRates {
  readonly #ofAddress: TokenBuckets;
  readonly #ofSession = new TokenBuckets(OF_SESSION);

  constructor({ connectionsPerAddress }: { connectionsPerAddress: number }) {
    this.#ofAddress = new TokenBuckets(ofAddress(connectionsPerAddress));
  }

  /** 0 for one that may come; otherwise the milliseconds until it may. */
  take(address: string, sessionId: string | null, now: number): number {
    const key = limitKey(address);
    // Looked at first, taken last: a session in a loop must not use up what its neighbours come back with,
    // and an address beyond its rate must not fill the buckets of sessions.
    const wait = this.#ofAddress.waitMs(key, now) || this.#takeOfSession(key, sessionId, now);
    return wait > 0 ? wait : this.#ofAddress.take(key, now);
  }

  /** By address as well: session ids are no secret, and nobody may use up another one's. */
  #takeOfSession(key: string, sessionId: string | null, now: number): number {
    if (sessionId === null) return 0;
    return this.#ofSession.take(`${key} ${sessionId.length > MAX_SESSION_ID ? '' : sessionId}`, now);
  }
}
