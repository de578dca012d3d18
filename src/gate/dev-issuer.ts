import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { type Config, DEV_SECRET } from '../config.ts';
import { fail, issuesOf } from '../fail.ts';
import { type ApiPart, route } from '../http/route.ts';
import type { Random } from '../ports/random.ts';
import { bearerOf } from './bearer.ts';
import type { Gate } from './Gate.ts';
import { MAX_NAME } from './identity.ts';

export interface TokenRequest {
  readonly userId: string;
  readonly name?: string | undefined;
  readonly role?: string | undefined;
  readonly ttlSeconds?: number;
  readonly tokenId: string;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

/** Signs a token with HS256. For development and for teams whose login shares the server's secret. */
export function signToken(request: TokenRequest, secret: string = DEV_SECRET): string {
  const { userId, name, role, ttlSeconds = 3_600, tokenId, issuer, audience } = request;
  return jwt.sign({ ...(name === undefined ? {} : { name }), ...(role === undefined ? {} : { role }) }, secret, {
    algorithm: 'HS256',
    subject: userId,
    expiresIn: ttlSeconds,
    jwtid: tokenId,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  });
}

const DEV_TTL_SECONDS = 12 * 3_600;
const NewUser = z.strictObject({ name: z.string().trim().min(1).max(MAX_NAME) });
/** Whatever the bearer of a good token sends is ignored. */
const Asked = z.looseObject({
  name: z.unknown().optional().describe('Of a new user, who is made when no token is sent'),
});
const Issued = z.object({ token: z.string(), userId: z.string() });

/**
 * `POST /v1/dev/token {name}`: a token for anybody. With a good one as bearer: the
 * next one of the same user. Exists only while no key is configured, in development.
 */
export function devTokenApi(gate: Gate, random: Random, config: Config): ApiPart {
  const { issuer, audience } = config.jwt;
  return {
    prefix: '/v1/dev/token',
    door: 'page',
    refusals: 'requests_refused',
    maxBodyBytes: 1_024,
    routes: [
      route({
        method: 'post',
        path: '',
        summary: 'In development only: a token for a new user, or the next one of the user whose token is sent.',
        body: Asked,
        token: 'optional',
        answers: { 200: { description: 'A token for 12 hours', schema: Issued } },
        async handle({ request, body }) {
          const tokenId = random.id();
          const bearer = bearerOf(request);
          const who = bearer === undefined ? newUser(body, tokenId) : await gate.identify(bearer);
          const { userId, name, role } = who;
          const ttlSeconds = DEV_TTL_SECONDS;
          return { token: signToken({ userId, name, role, ttlSeconds, tokenId, issuer, audience }), userId };
        },
      }),
    ],
  };
}

/** @throws INVALID_PARAMS */
function newUser(body: unknown, id: string): { userId: string; name: string; role?: string } {
  const parsed = NewUser.safeParse(body);
  if (!parsed.success) throw fail('INVALID_PARAMS', { issues: issuesOf(parsed.error.issues) });
  const { name } = parsed.data;
  const readable = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return { userId: `${readable || 'guest'}-${id.slice(0, 6)}`, name };
}
