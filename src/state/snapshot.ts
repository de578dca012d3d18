import { crc32 } from 'node:zlib';
import { pack, unpack } from 'msgpackr';
import { z } from 'zod';
import type { SavedState } from './saved-state.ts';

/** The first bytes of a snapshot: a name, and the version of what follows. */
const HEAD = Buffer.from('GHRS\u0001');
const CHECKSUM_BYTES = 4;

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const hash = z.string().nullable();

/** One seat: who sits there, and how the bearer of its recovery token is known. No token is in it. */
const SavedSession = z.object({
  id: z.string(),
  identity: z.object({
    userId: z.string(),
    name: z.string(),
    role: z.string(),
    tokenId: z.string().nullable(),
    issuedAt: z.number(),
    expiresAt: z.number(),
  }),
  joinedAt: z.number(),
  recoveryHash: hash,
  previousRecoveryHash: hash,
  takesBatches: z.boolean(),
  takesChecks: z.boolean(),
  acknowledged: z.number(),
  answers: z.array(z.unknown()).readonly(),
});
export type SavedSession = z.infer<typeof SavedSession>;

const Snapshot = z.object({
  roomId: z.string(),
  roomName: z.string(),
  epoch: z.number(),
  /** Milliseconds since 1970. */
  takenAt: z.number(),
  /** Of the room's clock, in milliseconds. */
  elapsed: z.number(),
  /** What its author made of it for those who look for a room. */
  listing: z.object({ locked: z.boolean(), private: z.boolean(), unlisted: z.boolean(), metadata: z.unknown() }),
  /** Nothing happened in the room after it: it was taken for a move. */
  isLast: z.boolean(),
  /** Records of the room's tail that are in it. */
  tail: z.number(),
  /** Absent: a room without a state. */
  state: z.object({ print: z.number(), bytes, nextRefId: z.number() }).optional(),
  sessions: z.array(SavedSession),
  journal: z.unknown(),
  /** What the room's own `onCacheRoom` gave. */
  data: z.unknown(),
});

/** A room as of one moment: all that another node needs to go on with it. */
export type Snapshot = z.infer<typeof Snapshot> & { readonly state?: (SavedState & { print: number }) | undefined };

/** Why a snapshot cannot be used. */
export class SnapshotError extends Error {}

export function packSnapshot(snapshot: Snapshot): Uint8Array {
  const body = pack(snapshot);
  const sum = Buffer.alloc(CHECKSUM_BYTES);
  sum.writeUInt32LE(crc32(body));
  return Buffer.concat([HEAD, sum, body]);
}

/** @throws SnapshotError for what is not one, is of another version, or is damaged */
export function unpackSnapshot(packed: Uint8Array): Snapshot {
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const name = HEAD.length - 1;
  if (!buffer.subarray(0, name).equals(HEAD.subarray(0, name))) throw new SnapshotError('is no snapshot');
  if (buffer[name] !== HEAD[name])
    throw new SnapshotError(`has version ${buffer[name]}, and this node reads ${HEAD[name]}`);
  const body = buffer.subarray(HEAD.length + CHECKSUM_BYTES);
  if (body.length === 0 || crc32(body) !== buffer.readUInt32LE(HEAD.length)) throw new SnapshotError('is damaged');
  const parsed = Snapshot.safeParse(unpack(body));
  if (!parsed.success) throw new SnapshotError('does not have what a snapshot has');
  return parsed.data as Snapshot;
}
