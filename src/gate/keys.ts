import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { JwksClient } from 'jwks-rsa';
import { type Config, ConfigError } from '../config.ts';
import { fail } from '../fail.ts';
import type { Clock } from '../ports/clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** A key, and the only algorithm that it may verify. Binding the two is what stops key confusion. */
export interface VerificationKey {
  readonly algorithm: 'HS256' | 'RS256' | 'ES256';
  readonly key: string | KeyObject;
}

/** Finds the key of a token by its `kid`. */
export type KeyFinder = (keyId: string | undefined) => VerificationKey | Promise<VerificationKey>;

/** Told of each fetch of a key set; `limited`: there was none, as there were too many. */
export type OnFetch = (result: 'ok' | 'failed' | 'limited') => void;

/** @throws ConfigError when the key cannot be used. */
export function keyFinder(source: Config['jwt']['key'], clock: Clock, onFetch: OnFetch = () => {}): KeyFinder {
  if (source.kind === 'secret') {
    const key: VerificationKey = { algorithm: 'HS256', key: source.secret };
    return () => key;
  }
  if (source.kind === 'file') {
    const key = readKeyFile(source.path);
    return () => key;
  }
  return jwksFinder(source.url, clock, onFetch);
}

function readKeyFile(path: string): VerificationKey {
  try {
    return bind(createPublicKey(readFileSync(path)));
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'cannot be read';
    throw new ConfigError(
      `JWT_PUBLIC_KEY_FILE=${JSON.stringify(path)}: ${problem}. Example: JWT_PUBLIC_KEY_FILE=/etc/gatehouse/issuer.pem`,
    );
  }
}

/** The algorithm follows from the key, never from the token. */
export function bind(key: KeyObject): VerificationKey {
  if (key.asymmetricKeyType === 'rsa') {
    // RFC 7518, 3.3; jsonwebtoken refuses to sign with less, and so do we to verify.
    if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < 2_048) throw new Error('an RSA key needs 2048 bits or more');
    return { algorithm: 'RS256', key };
  }
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') {
    return { algorithm: 'ES256', key };
  }
  throw new Error(
    `a key of type ${key.asymmetricKeyType} is not supported, only RSA (RS256) and P-256 (ES256); ` +
      'EdDSA is unknown to the JWT library',
  );
}

const JWKS_CACHE_MS = 10 * 60_000;
const JWKS_FETCHES_PER_MINUTE = 10;
const JWKS_TIMEOUT_MS = 5_000;
const JWKS_MAX_BYTES = 256 * 1_024;
const MAX_KEY_ID = 256;
const MAX_KEYS = 64;

/**
 * Keys of an issuer, fetched all at once. A key that is known is never waited
 * for; one that is not costs a fetch, of which there are few, shared by all who
 * wait. The library's own cache and rate limit answer some callers never, when
 * many ask for unknown keys at once.
 */
function jwksFinder(url: string, clock: Clock, onFetch: OnFetch): KeyFinder {
  const client = new JwksClient({ jwksUri: url, cache: false, rateLimit: false, fetcher: fetchKeys });
  const budget = new TokenBucket(
    { perSecond: JWKS_FETCHES_PER_MINUTE / 60, burst: JWKS_FETCHES_PER_MINUTE },
    clock.monotonic(),
  );
  const known = new Map<string, { key: VerificationKey; at: number }>();
  let fetching: Promise<void> | undefined;

  async function fetchAll(): Promise<void> {
    const keys = await client.getSigningKeys();
    for (const [id, { at }] of known) if (clock.monotonic() - at >= JWKS_CACHE_MS) known.delete(id);
    for (const published of keys.slice(0, MAX_KEYS)) {
      try {
        // Again at the end: an old key that is no longer published stays for its time, a rotation has two.
        known.delete(published.kid);
        known.set(published.kid, { key: bind(createPublicKey(published.getPublicKey())), at: clock.monotonic() });
      } catch {
        // A kind that this server does not take is as good as none.
      }
    }
    for (const id of known.keys()) if (known.size > MAX_KEYS) known.delete(id);
  }

  const cached = (id: string) => {
    const entry = known.get(id);
    return entry !== undefined && clock.monotonic() - entry.at < JWKS_CACHE_MS ? entry.key : undefined;
  };

  return async (keyId) => {
    if (keyId === undefined || keyId.length > MAX_KEY_ID) throw fail('TOKEN_INVALID');
    const atHand = cached(keyId);
    if (atHand !== undefined) return atHand;
    if (fetching === undefined) {
      if (!budget.take(clock.monotonic())) {
        onFetch('limited');
        throw fail('UNAVAILABLE');
      }
      fetching = fetchAll()
        .then(
          () => onFetch('ok'),
          (error) => {
            onFetch('failed');
            throw error;
          },
        )
        .finally(() => {
          fetching = undefined;
        });
    }
    try {
      await fetching;
    } catch {
      throw fail('UNAVAILABLE');
    }
    const key = cached(keyId);
    if (key === undefined) throw fail('TOKEN_INVALID');
    return key;
  };
}

/** Within the time and the size that a key set may take, from the first byte to the last. */
async function fetchKeys(url: string): Promise<{ keys: unknown }> {
  const response = await fetch(url, { signal: AbortSignal.timeout(JWKS_TIMEOUT_MS), redirect: 'error' });
  if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > JWKS_MAX_BYTES) throw new Error('the key set is too large');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}
