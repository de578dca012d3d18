import type { Clock } from '../../ports/clock.ts';
import { hits, type Revocation, type Revocations } from '../../ports/revocations.ts';

/** Revocations of one process. Forgotten when it ends: in production, let tokens be short-lived. */
export function memoryRevocations(clock: Clock): Revocations {
  const byKey = new Map<string, Revocation[]>();
  const listeners = new Set<(revocation: Revocation) => void>();
  const sweep = clock.every(60_000, () => {
    for (const [key, list] of byKey) {
      const kept = list.filter((revocation) => revocation.until > clock.now());
      if (kept.length > 0) byKey.set(key, kept);
      else byKey.delete(key);
    }
  });

  return {
    async revoke(revocation) {
      const key = revocation.kind === 'token' ? `t:${revocation.tokenId}` : `u:${revocation.userId}`;
      // One of a kind is enough: the later moment covers the earlier.
      const others = (byKey.get(key) ?? []).filter((other) => !covers(revocation, other));
      byKey.set(key, [...others, revocation]);
      for (const listener of listeners) listener(revocation);
    },
    isRevoked(identity) {
      const now = clock.now();
      const candidates = [
        ...(byKey.get(`u:${identity.userId}`) ?? []),
        ...(identity.tokenId === null ? [] : (byKey.get(`t:${identity.tokenId}`) ?? [])),
      ];
      return candidates.some((revocation) => revocation.until > now && hits(revocation, identity));
    },
    onRevoked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      sweep.stop();
      listeners.clear();
    },
  };
}

/** True when `later` makes `earlier` needless. */
function covers(later: Revocation, earlier: Revocation): boolean {
  if (later.kind !== earlier.kind || later.until < earlier.until) return false;
  return later.kind !== 'issued-before' || earlier.kind !== 'issued-before' || later.before >= earlier.before;
}
