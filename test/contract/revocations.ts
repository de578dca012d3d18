import { describe, expect, test } from 'vitest';
import type { Revocation, Revocations } from '../../src/ports/revocations.ts';
import { type Bench, endedAfterEach } from './bench.ts';

export interface RevocationsBench extends Bench {
  readonly revocations: Revocations;
  now(): number;
  pass(ms: number): Promise<void>;
}

/** Every adapter of the revocations passes this. */
export function revocationsContract(name: string, make: () => Promise<RevocationsBench>): void {
  const fresh = endedAfterEach(make);
  const identity = { userId: 'u1', tokenId: 't1', issuedAt: 1_000 };

  describe(name, () => {
    test('RV1 a token is revoked by its id, and only that token', async () => {
      const { revocations, now } = await fresh();
      await revocations.revoke({ kind: 'token', tokenId: 't1', until: now() + 60_000 });
      expect(revocations.isRevoked(identity)).toBe(true);
      expect(revocations.isRevoked({ ...identity, tokenId: 't2' })).toBe(false);
      expect(revocations.isRevoked({ ...identity, tokenId: null })).toBe(false);
    });

    test('RV2 a user is revoked with all tokens, or with those issued before a moment', async () => {
      const { revocations, now } = await fresh();
      await revocations.revoke({ kind: 'issued-before', userId: 'u1', before: 2_000, until: now() + 60_000 });
      expect(revocations.isRevoked(identity)).toBe(true);
      expect(revocations.isRevoked({ ...identity, issuedAt: 2_000 })).toBe(false);
      expect(revocations.isRevoked({ ...identity, userId: 'u2' })).toBe(false);
      await revocations.revoke({ kind: 'issued-before', userId: 'u1', before: 500, until: now() + 60_000 });
      expect(revocations.isRevoked(identity)).toBe(true);
      await revocations.revoke({ kind: 'user', userId: 'u1', until: now() + 60_000 });
      expect(revocations.isRevoked({ ...identity, issuedAt: 9_000 })).toBe(true);
    });

    test('RV2 revocations of one user stand beside each other', async () => {
      const { revocations, now, pass } = await fresh();
      await revocations.revoke({ kind: 'token', tokenId: 't1', until: now() + 60_000 });
      await revocations.revoke({ kind: 'issued-before', userId: 'u1', before: 2_000, until: now() + 60_000 });
      await revocations.revoke({ kind: 'user', userId: 'u1', until: now() + 500 });
      expect(revocations.isRevoked({ userId: 'u1', tokenId: null, issuedAt: 9_000 })).toBe(true);
      await pass(600);
      expect(revocations.isRevoked({ userId: 'u1', tokenId: null, issuedAt: 9_000 })).toBe(false);
      expect(revocations.isRevoked({ userId: 'u1', tokenId: null, issuedAt: 1_999 })).toBe(true);
      expect(revocations.isRevoked({ userId: 'u2', tokenId: 't1', issuedAt: 9_000 })).toBe(true);
    });

    test('RV3 a revocation holds until its end', async () => {
      const { revocations, now, pass } = await fresh();
      await revocations.revoke({ kind: 'user', userId: 'u1', until: now() + 1_000 });
      expect(revocations.isRevoked(identity)).toBe(true);
      await pass(1_100);
      expect(revocations.isRevoked(identity)).toBe(false);
    });

    test('RV3 a revocation made again for longer holds for longer, and one for a shorter time takes nothing away', async () => {
      const { revocations, now, pass } = await fresh();
      const end = now() + 1_000;
      await revocations.revoke({ kind: 'user', userId: 'u1', until: now() + 300 });
      await revocations.revoke({ kind: 'user', userId: 'u1', until: end });
      await revocations.revoke({ kind: 'user', userId: 'u1', until: now() + 200 });
      await pass(500);
      expect(revocations.isRevoked(identity)).toBe(true);
      await pass(600);
      expect(revocations.isRevoked(identity)).toBe(false);
    });

    test('RV4 listeners hear each revocation until they stop', async () => {
      const { revocations, now } = await fresh();
      const heard: Revocation[] = [];
      const stop = revocations.onRevoked((revocation) => heard.push(revocation));
      const one: Revocation = { kind: 'user', userId: 'u1', until: now() + 1_000 };
      await revocations.revoke(one);
      await expect.poll(() => heard).toEqual([one]);
      stop();
      await revocations.revoke({ ...one, userId: 'u2' });
      expect(heard).toHaveLength(1);
    });
  });
}
