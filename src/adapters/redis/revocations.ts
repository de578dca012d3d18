import { z } from 'zod';
import { fail } from '../../fail.ts';
import { hits, type Revocation, type Revocations } from '../../ports/revocations.ts';
import type { RedisConnection } from './connection.ts';
import { readScript, revokeScript } from './revocation-scripts.ts';

/** Revocations that are read at once. */
const PAGE = 500;
const SWEEP_MS = 60_000;
/** No revocation holds longer than some 35 years: a larger number is more than Redis can count. */
const LONGEST_MS = 2 ** 40;

// What is in Redis may be anybody's. Parsing also orders the keys: one revocation is one text.
const RevocationSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token'), tokenId: z.string(), until: z.number() }),
  z.object({ kind: z.literal('user'), userId: z.string(), until: z.number() }),
  z.object({ kind: z.literal('issued-before'), userId: z.string(), before: z.number(), until: z.number() }),
]);
const MessageSchema = z.object({ position: z.number(), holdsMs: z.number(), revocation: RevocationSchema });

interface Known {
  readonly revocation: Revocation;
  /** As it stands in Redis. */
  readonly text: string;
  /** In the order of revoking. */
  readonly position: number;
  /** When it ends by Redis's clock, on the monotonic clock of this process. */
  readonly heldUntil: number;
}

/**
 * Revocations of all nodes: kept in Redis, and whole in each process, which
 * hears of new ones by a message and reads all of them again after it was cut
 * off. What it knows and Redis has lost it puts back.
 *
 * One ends when its time has come by the clock of this node and by that of
 * Redis: a clock that is a minute off never lets anybody in early.
 * @throws UNAVAILABLE when they cannot be read at the start
 */
export async function redisRevocations({ connection }: { connection: RedisConnection }): Promise<Revocations> {
  const { clock, keys } = connection;
  const sets = [keys.revocations, keys.revocationsLog];
  const add = connection.script('revocation add', revokeScript);
  const read = connection.script('revocation read', readScript);
  const byKey = new Map<string, Known[]>();
  const listeners = new Set<(revocation: Revocation) => void>();
  let open = true;

  const holds = ({ revocation, heldUntil }: Known) => revocation.until > clock.now() || heldUntil > clock.monotonic();

  function learn(revocation: Revocation, position: number, holdsMs: number): void {
    const text = textOf(revocation);
    const key = keyOf(revocation);
    const others = byKey.get(key) ?? [];
    // The echo of our own, or what was read again.
    if (others.some((other) => other.text === text && other.position >= position)) return;
    const known = { revocation, text, position, heldUntil: clock.monotonic() + holdsMs };
    byKey.set(key, [...others.filter((other) => other.text !== text && !covers(known, other)), known]);
    for (const listener of listeners) {
      try {
        listener(revocation);
      } catch (error) {
        connection.report(error, 'revocation listener');
      }
    }
  }

  function hear(message: string): void {
    const parsed = MessageSchema.safeParse(jsonOf(message));
    if (!parsed.success) connection.report(new Error('a message that is no revocation'), keys.revocationsChannel);
    else learn(parsed.data.revocation, parsed.data.position, parsed.data.holdsMs);
  }

  /** Returns the texts of all that Redis has. */
  async function readAll(): Promise<Set<string>> {
    const texts = new Set<string>();
    for (let after = '0'; ; ) {
      const page = (await read(sets, [after, PAGE])) as string[];
      for (let i = 0; i < page.length; i += 3) {
        const [member, position, holdsMs] = page.slice(i, i + 3) as [string, string, string];
        const parsed = RevocationSchema.safeParse(jsonOf(member));
        if (parsed.success) learn(parsed.data, Number(position), Number(holdsMs));
        else connection.report(new Error('a member that is no revocation'), keys.revocations);
        texts.add(member);
        after = position;
      }
      if (page.length < PAGE * 3) return texts;
    }
  }

  async function catchUp(): Promise<void> {
    const there = await readAll();
    const lost = [...byKey.values()].flat().filter((known) => holds(known) && !there.has(known.text));
    for (const { text, revocation, heldUntil } of lost) {
      const left = Math.max(revocation.until - clock.now(), heldUntil - clock.monotonic());
      await add(sets, [keys.revocationsChannel, text, wholeMs(left), 'restore']);
    }
  }

  // First listened, then read: what is revoked meanwhile is known twice, not never.
  const unsubscribe = await connection.subscribe(keys.revocationsChannel, hear);
  await readAll();
  const stopReturning = connection.onReady(() => {
    // Lost again meanwhile: the next return reads again.
    catchUp().catch(() => {});
  });
  const sweep = clock.every(SWEEP_MS, () => {
    for (const [key, list] of byKey) {
      const kept = list.filter(holds);
      if (kept.length > 0) byKey.set(key, kept);
      else byKey.delete(key);
    }
  });

  return {
    async revoke(given) {
      if (!open) throw fail('UNAVAILABLE');
      const revocation = RevocationSchema.parse(given);
      const text = textOf(revocation);
      const holdsMs = wholeMs(revocation.until - clock.now());
      const known = { revocation, text, position: 0, heldUntil: clock.monotonic() + holdsMs };
      const covered = (byKey.get(keyOf(revocation)) ?? []).filter((other) => covers(known, other));
      const args = [keys.revocationsChannel, text, holdsMs, 'new', ...covered.map((other) => other.text)];
      learn(revocation, Number(await add(sets, args)), holdsMs);
    },
    isRevoked({ userId, tokenId, issuedAt }) {
      const candidates = [
        ...(byKey.get(`u:${userId}`) ?? []),
        ...(tokenId === null ? [] : (byKey.get(`t:${tokenId}`) ?? [])),
      ];
      return candidates.some((known) => holds(known) && hits(known.revocation, { userId, tokenId, issuedAt }));
    },
    onRevoked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      open = false;
      sweep.stop();
      stopReturning();
      unsubscribe();
      listeners.clear();
    },
  };
}

/** True when `later` makes `earlier` needless. As in the memory adapter; here the end by Redis's clock counts, too. */
function covers(later: Known, earlier: Known): boolean {
  const [a, b] = [later.revocation, earlier.revocation];
  if (a.kind !== b.kind || a.until < b.until || later.heldUntil < earlier.heldUntil) return false;
  return a.kind !== 'issued-before' || b.kind !== 'issued-before' || a.before >= b.before;
}

function keyOf(revocation: Revocation): string {
  return revocation.kind === 'token' ? `t:${revocation.tokenId}` : `u:${revocation.userId}`;
}

function textOf(revocation: Revocation): string {
  return JSON.stringify(revocation);
}

function wholeMs(ms: number): number {
  return Math.min(Math.max(1, Math.ceil(ms)), LONGEST_MS);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
