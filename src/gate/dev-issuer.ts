import express, { type Request, type Response, type Router } from 'express';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { errors } from '../../schema/index.ts';
import { type Config, DEV_SECRET } from '../config.ts';
import { fail, GatehouseError } from '../fail.ts';
import type { Random } from '../ports/random.ts';
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

/** `POST /v1/dev/token {name}`: a token for anybody. Exists only while no key is configured, in development. */
export function devTokenRouter(gate: Gate, random: Random, config: Config): Router {
  const router = express.Router();
  router.post('/', express.json({ limit: 1_024 }), (request, response) => {
    try {
      gate.admitRequest(request);
      const body = NameSchema.safeParse(request.body);
      if (!body.success) throw fail('INVALID_PARAMS');
      const { name } = body.data;
      const id = random.id();
      const userId = `${
        name
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, '-')
          .replace(/^-|-$/g, '') || 'guest'
      }-${id.slice(0, 6)}`;
      const { issuer, audience } = config.jwt;
      const token = signToken({ userId, name, ttlSeconds: DEV_TTL_SECONDS, tokenId: id, issuer, audience });
      response.json({ token, userId });
    } catch (error) {
      const name = error instanceof GatehouseError ? error.error : 'INTERNAL_ERROR';
      response
        .status(errors[name].http)
        .json({ code: errors[name].code, name, error: `${name}: ${errors[name].message}` });
    }
  });
  router.use((error: { type?: string }, _request: Request, response: Response, _next: unknown) => {
    const name = error.type === 'entity.too.large' ? 'PAYLOAD_TOO_LARGE' : 'INVALID_REQUEST';
    response
      .status(errors[name].http)
      .json({ code: errors[name].code, name, error: `${name}: ${errors[name].message}` });
  });
  return router;
}
