/** Tokens for the players of the bench. */
import { signToken } from '../src/gate/dev-issuer.ts';

/** Production takes no well-known one. */
export const SECRET = 'bench-secret-of-no-use-outside-this-process';

/** An hour is longer than any run. */
export function tokenOf(userId: string): string {
  return signToken({ userId, tokenId: `token-${userId}` }, SECRET);
}
