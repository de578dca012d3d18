import express, { type Request, type Response, type Router } from 'express';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { type ErrorName, errors } from '../../schema/index.ts';
import { type Config, DEV_SECRET } from '../config.ts';
import { fail, GatehouseError } from '../fail.ts';
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
const NameSchema = z.strictObject({ name: z.string().trim().min(1).max(MAX_NAME) });

/**
 * `POST /v1/dev/token {name}`: a token for anybody. With a good one as bearer: the
 * next one of the same user. Exists only while no key is configured, in development.
 */
export function devTokenRouter(gate: Gate, random: Random, config: Config): Router {
  const { issuer, audience } = config.jwt;
  const router = express.Router();
  router.post('/', express.json({ limit: 1_024 }), async (request, response) => {
    try {
      gate.admitRequest(request);
      const tokenId = random.id();
      const bearer = bearerOf(request);
      const who = bearer === undefined ? newUser(request.body, tokenId) : await gate.identify(bearer);
      const { userId, name, role } = who;
      const ttlSeconds = DEV_TTL_SECONDS;
      response.json({ token: signToken({ userId, name, role, ttlSeconds, tokenId, issuer, audience }), userId });
    } catch (error) {
      refuse(response, error instanceof GatehouseError ? error.error : 'INTERNAL_ERROR');
    }
  });
  router.use((error: { type?: string }, _request: Request, response: Response, _next: unknown) => {
    refuse(response, error.type === 'entity.too.large' ? 'PAYLOAD_TOO_LARGE' : 'INVALID_REQUEST');
  });
  return router;
}

/** @throws INVALID_PARAMS */
function newUser(body: unknown, id: string): { userId: string; name: string; role?: string } {
  const parsed = NameSchema.safeParse(body);
  if (!parsed.success) throw fail('INVALID_PARAMS');
  const { name } = parsed.data;
  const readable = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return { userId: `${readable || 'guest'}-${id.slice(0, 6)}`, name };
}

function refuse(response: Response, name: ErrorName): void {
  const { http, code, message } = errors[name];
  response.status(http).json({ code, name, error: `${name}: ${message}` });
}
