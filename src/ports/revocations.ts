/**
 * Identities that are no longer good, although their tokens verify.
 *
 * - Three kinds: one token by its id (`jti`), everything of a user, everything
 *   of a user issued before a moment.
 * - `isRevoked` answers from what this process knows; it never waits.
 * - A revocation is kept until `until`, which the caller sets to the longest
 *   life of a token that it can hit; after that it may be forgotten.
 * - A listener is called for each revocation, the process's own included, at
 *   once here and within a second on other nodes.
 * - Out of reach: `revoke` rejects with UNAVAILABLE within 2 seconds. It may
 *   have been carried out, and may be made again.
 */
export interface Revocations {
  revoke(revocation: Revocation): Promise<void>;
  isRevoked(identity: { userId: string; tokenId: string | null; issuedAt: number }): boolean;
  onRevoked(listener: (revocation: Revocation) => void): () => void;
  close(): Promise<void>;
}

/** Times in milliseconds since 1970. */
export type Revocation =
  | { kind: 'token'; tokenId: string; until: number }
  | { kind: 'user'; userId: string; until: number }
  | { kind: 'issued-before'; userId: string; before: number; until: number };

export function hits(
  revocation: Revocation,
  identity: { userId: string; tokenId: string | null; issuedAt: number },
): boolean {
  if (revocation.kind === 'token') return identity.tokenId === revocation.tokenId;
  if (revocation.userId !== identity.userId) return false;
  return revocation.kind === 'user' || identity.issuedAt < revocation.before;
}
