import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { JwksClient, SigningKeyNotFoundError } from 'jwks-rsa';
import { type Config, ConfigError } from '../config.ts';
import { fail } from '../fail.ts';

/** A key, and the only algorithm that it may verify. Binding the two is what stops key confusion. */
export interface VerificationKey {
  readonly algorithm: 'HS256' | 'RS256' | 'ES256';
  readonly key: string | KeyObject;
}

/** Finds the key of a token by its `kid`. */
export type KeyFinder = (keyId: string | undefined) => VerificationKey | Promise<VerificationKey>;

/** @throws ConfigError when the key cannot be used. */
export function keyFinder(source: Config['jwt']['key']): KeyFinder {
  if (source.kind === 'secret') {
    const key: VerificationKey = { algorithm: 'HS256', key: source.secret };
    return () => key;
  }
  if (source.kind === 'file') {
    const key = readKeyFile(source.path);
    return () => key;
  }
  return jwksFinder(source.url);
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
const MAX_KEY_ID = 256;

function jwksFinder(url: string): KeyFinder {
  const client = new JwksClient({
    jwksUri: url,
    cache: true,
    cacheMaxEntries: 16,
    cacheMaxAge: JWKS_CACHE_MS,
    rateLimit: true,
    jwksRequestsPerMinute: JWKS_FETCHES_PER_MINUTE,
    timeout: JWKS_TIMEOUT_MS,
  });
  return async (keyId) => {
    if (keyId === undefined || keyId.length > MAX_KEY_ID) throw fail('TOKEN_INVALID');
    try {
      const key = await client.getSigningKey(keyId);
      return bind(createPublicKey(key.getPublicKey()));
    } catch (error) {
      // An unknown kid is the token's fault; an unreachable issuer or a spent fetch budget is not.
      throw fail(error instanceof SigningKeyNotFoundError ? 'TOKEN_INVALID' : 'UNAVAILABLE');
    }
  };
}
