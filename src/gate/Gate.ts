import type { IncomingMessage } from 'node:http';
import type { Config } from '../config.ts';
import { fail } from '../fail.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Clock } from '../ports/clock.ts';
import type { Revocations } from '../ports/revocations.ts';
import { addressOf, limitKey } from './address.ts';
import type { Identity } from './identity.ts';
import { originAllowed } from './origin.ts';
import { TokenBuckets } from './token-bucket.ts';
import { UpgradeRates } from './UpgradeRates.ts';
import type { Verify } from './verify.ts';

/** Decides who comes in: origin, rate, token, revocation. */
export class Gate {
  readonly #config: Config;
  readonly #verify: Verify;
  readonly #revocations: Revocations;
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #byAddress: TokenBuckets;
  readonly #byUser: TokenBuckets;
  readonly #upgrades: UpgradeRates;

  constructor(parts: {
    config: Config;
    verify: Verify;
    revocations: Revocations;
    clock: Clock;
    counters: Counters;
  }) {
    this.#config = parts.config;
    this.#verify = parts.verify;
    this.#revocations = parts.revocations;
    this.#clock = parts.clock;
    this.#counters = parts.counters;
    this.#byAddress = new TokenBuckets(perMinute(this.#config.limits.joinsPerAddressPerMinute));
    this.#byUser = new TokenBuckets(perMinute(this.#config.limits.joinsPerUserPerMinute));
    this.#upgrades = new UpgradeRates(this.#config.limits);
  }

  addressOf(request: IncomingMessage): string {
    return addressOf(request, this.#config.trustProxy);
  }

  originAllowed(request: IncomingMessage): boolean {
    return originAllowed(request.headers, this.#config.allowedOrigins);
  }

  /** Before any work is done for a stranger. @throws ORIGIN_REFUSED, RATE_LIMITED */
  admitRequest(request: IncomingMessage): void {
    if (!this.originAllowed(request)) throw fail('ORIGIN_REFUSED');
    const wait = this.#byAddress.take(limitKey(this.addressOf(request)), this.#clock.monotonic());
    if (wait > 0) throw fail('RATE_LIMITED', { retryAfterMs: wait });
  }

  /** One socket more, for a session if it names one. `address` is the client's, whoever vouches for it. @throws RATE_LIMITED */
  admitUpgrade(address: string, sessionId: string | null): void {
    const wait = this.#upgrades.take(address, sessionId, this.#clock.monotonic());
    if (wait > 0) throw fail('RATE_LIMITED', { retryAfterMs: wait });
  }

  /** The identity of a token that is good now. @throws the TOKEN_ errors, UNAVAILABLE */
  async identify(token: unknown): Promise<Identity> {
    const identity = await this.#verify(token);
    if (this.#revocations.isRevoked(identity)) throw fail('TOKEN_REVOKED');
    return identity;
  }

  /** One join of a user, or one return over HTTP. @throws as `identify`, and RATE_LIMITED */
  async admitJoin(
    token: unknown,
    counter: 'joins_admitted' | 'recoveries_admitted' = 'joins_admitted',
  ): Promise<Identity> {
    const identity = await this.identify(token);
    const wait = this.#byUser.take(identity.userId, this.#clock.monotonic());
    if (wait > 0) throw fail('RATE_LIMITED', { retryAfterMs: wait });
    this.#counters.count(counter);
    return identity;
  }

  /** True when an identity that was good has been revoked since. */
  isRevoked(identity: Identity): boolean {
    return this.#revocations.isRevoked(identity);
  }
}

function perMinute(count: number): { perSecond: number; burst: number } {
  return { perSecond: count / 60, burst: Math.max(1, Math.ceil(count / 2)) };
}
