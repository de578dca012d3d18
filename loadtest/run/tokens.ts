import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';

/** What a server in development takes that has no key of its own (`src/config.ts`). */
const DEVELOPMENT_SECRET = 'gatehouse-development-secret-do-not-use';

/** A token for each player, good until well after the run. Signed here: thousands at the server's door would be part of the load. */
export function signTokens(clients: number, seed: number, durationMs: number): string[] {
  const { JWT_SECRET: secret = DEVELOPMENT_SECRET, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = process.env;
  const expiresIn = Math.ceil(durationMs / 1_000) + 3_600;
  return Array.from({ length: clients }, (_, index) =>
    jwt.sign({ name: `Load ${index}` }, secret, {
      algorithm: 'HS256',
      subject: `load-${seed.toString(36)}-${index}`,
      jwtid: randomUUID(),
      expiresIn,
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    }),
  );
}
