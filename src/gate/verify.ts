import jwt, { type JwtPayload } from 'jsonwebtoken';
import { MAX_USER_ID } from '../../schema/index.ts';
import type { Config } from '../config.ts';
import { fail } from '../fail.ts';
import type { Clock } from '../ports/clock.ts';
import { type Identity, MAX_NAME } from './identity.ts';
import type { KeyFinder } from './keys.ts';

/** The last moment that a Date can hold. */
const MAX_SECONDS = 8.64e12;
const MAX_TOKEN_ID = 256;
const MAX_ROLE = 32;

/**
 * Turns a token into an identity.
 * @throws TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED; UNAVAILABLE when the issuer's keys cannot be had.
 */
export type Verify = (token: unknown) => Promise<Identity>;

export function tokenVerifier(settings: Config['jwt'], findKey: KeyFinder, clock: Clock): Verify {
  return async (token) => {
    if (token === undefined || token === null || token === '') throw fail('TOKEN_MISSING');
    if (typeof token !== 'string' || token.length > settings.maxBytes) throw fail('TOKEN_INVALID');
    const { algorithm, key } = await findKey(keyIdOf(token));
    let claims: string | JwtPayload;
    try {
      claims = jwt.verify(token, key, {
        algorithms: [algorithm],
        issuer: settings.issuer,
        audience: settings.audience,
        clockTolerance: settings.leewaySeconds,
        clockTimestamp: Math.floor(clock.now() / 1_000),
      });
    } catch (error) {
      throw fail(error instanceof jwt.TokenExpiredError ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID');
    }
    return identityOf(claims);
  };
}

/** From the header, which nobody has verified yet: good for choosing a key, for nothing else. */
function keyIdOf(token: string): string | undefined {
  try {
    const header = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString());
    return typeof header?.kid === 'string' ? header.kid : undefined;
  } catch {
    throw fail('TOKEN_INVALID');
  }
}

function identityOf(claims: string | JwtPayload): Identity {
  if (typeof claims === 'string') throw fail('TOKEN_INVALID');
  const { sub, exp, iat, jti } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_USER_ID) throw fail('TOKEN_INVALID');
  // Half of a surrogate pair has no bytes in UTF-8: two such users would be one where keys are written in it.
  if (!sub.isWellFormed() || (typeof jti === 'string' && !jti.isWellFormed())) throw fail('TOKEN_INVALID');
  // The library checks `exp` only if it is there.
  if (typeof exp !== 'number' || !(Math.abs(exp) <= MAX_SECONDS)) throw fail('TOKEN_INVALID');
  return Object.freeze({
    userId: sub,
    name: printable(claims.name) || printable(sub),
    role: isRole(claims.role) ? claims.role : 'player',
    tokenId: typeof jti === 'string' ? cut(jti, MAX_TOKEN_ID) : null,
    issuedAt: typeof iat === 'number' && Math.abs(iat) <= MAX_SECONDS ? iat * 1_000 : 0,
    expiresAt: exp * 1_000,
  });
}

function isRole(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_ROLE && value.isWellFormed();
}

/** Without half of a character at its end. */
function cut(text: string, length: number): string {
  const short = text.slice(0, length);
  return short.isWellFormed() ? short : short.slice(0, -1);
}

function printable(value: unknown): string {
  if (typeof value !== 'string') return '';
  const clean = value.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, ' ').trim();
  return [...clean].slice(0, MAX_NAME).join('');
}
