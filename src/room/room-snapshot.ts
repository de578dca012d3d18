import { type Client, ClientState, type SchemaSerializer } from '@colyseus/core';
import type { Encoder, Schema } from '@colyseus/schema';
import { closeCodes } from '../../schema/index.ts';
import { continueEncoder, countFrom, nextRefIdOf, printOf, restoreState, saveState } from '../state/saved-state.ts';
import { type SavedSession, type Snapshot, SnapshotError } from '../state/snapshot.ts';
import type { GameRoom } from './GameRoom.ts';
import type { SavedJournal } from './Journal.ts';
import type { Session } from './Session.ts';
import { readTail, type TailRecord } from './Tail.ts';

/** What Colyseus keeps private of a room, and has no other way to. */
interface Insides {
  readonly _serializer: SchemaSerializer<Schema> & { readonly encoder?: Encoder };
  readonly _listing: { clients: number; locked: boolean; private: boolean; unlisted: boolean; metadata?: unknown };
  readonly _lockedExplicitly: boolean;
  readonly _inputController?: {
    allocate(client: Client): void;
    register(sessionId: string, client: Client): void;
  };
  _onLeave(client: Client, code: number): Promise<void>;
}

/** Undefined: a room without a state. */
export const encoderOf = (room: object): Encoder | undefined => (room as Insides)._serializer.encoder;

const insidesOf = (room: GameRoom) => room as unknown as Insides;

/** More instances than a room makes between two snapshots. */
const UNKNOWN_REF_IDS = 4_096;

/** A snapshot that a room is being made from, under the epoch that was claimed for it. */
export interface Restoration {
  readonly snapshot: Snapshot;
  readonly epoch: number;
  /** What came after the snapshot. */
  readonly tail: readonly Uint8Array[];
  /** Taken here a moment ago: this node knows better than the store who is in the room. */
  readonly isOurs: boolean;
}

/** The room as of now. What its author keeps outside of the state comes from `onCacheRoom`. */
export function snapshotOf(room: GameRoom, { isLast = false } = {}): Snapshot {
  const { _serializer: serializer, _listing: listing, _lockedExplicitly: locked } = insidesOf(room);
  const sessions = [...room.recovery.members()].filter(
    ({ state }) => state.name !== 'joining' && state.name !== 'gone',
  );
  return {
    roomId: room.roomId,
    roomName: room.roomName,
    epoch: room.epoch,
    takenAt: room.platform.clock.now(),
    elapsed: room.clock.elapsedTime,
    listing: {
      locked: locked && !room.isMoving,
      private: listing.private,
      unlisted: listing.unlisted,
      metadata: listing.metadata ?? null,
    },
    isLast,
    tail: room.tail?.position ?? 0,
    state:
      serializer.encoder === undefined
        ? undefined
        : { print: printOf(serializer.handshake()), ...saveState(serializer.encoder) },
    sessions: sessions.map((session) => session.save()),
    journal: room.recovery.journal.save(),
    data: room.onCacheRoom?.(),
  };
}

/**
 * Makes a room that was just created go on where the snapshot ends. Its players are as after the loss of their
 * connections: they come back by themselves, with the tokens that they have.
 * @throws SnapshotError when the state has another form than here, and whatever `onRestoreRoom` throws
 */
export async function restoreRoom(room: GameRoom, { snapshot, epoch, tail, isOurs }: Restoration): Promise<void> {
  const inside = insidesOf(room);
  room.epoch = epoch;
  const records = readTail(tail);
  const journal = snapshot.journal as SavedJournal;
  const said = records.filter((record) => record.kind === 'said');
  room.recovery.restore({ ...journal, entries: [...journal.entries, ...said] }, epoch);
  const { state } = snapshot;
  if (state !== undefined) {
    if (inside._serializer.encoder === undefined || printOf(inside._serializer.handshake()) !== state.print) {
      throw new SnapshotError('is of another form of the state');
    }
    room.state = restoreState(room.state.constructor as new () => Schema, state);
    continueEncoder(inside._serializer.encoder, state);
  }
  // Clients measure time by it.
  room.clock.elapsedTime = snapshot.elapsed;
  await room.onRestoreRoom?.(snapshot.data);
  inside._listing.clients = snapshot.sessions.length;
  const { locked, ...listing } = snapshot.listing;
  Object.assign(inside._listing, listing);
  const sessions = await Promise.all(snapshot.sessions.map((saved) => restoreSession(room, saved, isOurs)));
  repeat(room, snapshot, records);
  // Not before: what they did while they were here is theirs to have done.
  for (const { session, hasEnded } of sessions) if (hasEnded) session.stopWaiting?.();
  // Its listing is written when it is made: `lock()` would write one without an id now.
  if (locked) await room.setMatchmaking({ locked });
  // Looks whether every seat is taken.
  await room.setMatchmaking({ maxClients: room.maxClients });
  inside._listing.locked = room.locked;
}

/**
 * What was done after the snapshot, with the numbers that clients know its instances by. Between the snapshot and its
 * end the last owner gave numbers to others as well, which are not used again.
 */
function repeat(room: GameRoom, { state, isLast }: Snapshot, records: readonly TailRecord[]): void {
  const { counters, log } = room.platform;
  const encoder = encoderOf(room);
  let nextRefId = state?.nextRefId ?? 0;
  for (const record of records) {
    if (record.kind !== 'done') continue;
    if (encoder !== undefined) countFrom(encoder, record.nextRefId);
    const isDone = room.repeat(record);
    counters.count('requests_repeated', isDone ? 'done' : 'not');
    if (!isDone) log.warn({ room: room.roomId, method: record.method }, 'a request was not carried out again');
    if (encoder !== undefined) nextRefId = Math.max(nextRefId, nextRefIdOf(encoder));
  }
  if (encoder !== undefined && state !== undefined) {
    continueEncoder(encoder, { ...state, nextRefId: isLast ? nextRefId : nextRefId + UNKNOWN_REF_IDS });
  }
}

/** `hasEnded`: it left after the snapshot. */
async function restoreSession(
  room: GameRoom,
  saved: SavedSession,
  isOurs: boolean,
): Promise<{ readonly session: Session; readonly hasEnded: boolean }> {
  const inside = insidesOf(room);
  const client = absentClient(saved.id, room);
  client.auth = saved.identity;
  const { session, hasEnded } = await room.platform.sessions.restore(saved, client, room, isOurs);
  const { previousRecoveryHash } = session;
  room.recovery.add(session, { acknowledged: saved.acknowledged });
  inside._inputController?.allocate(client);
  room.clients.push(client as never);
  inside._inputController?.register(saved.id, client);
  // From here on it is a connection that was lost, as any other: the seat waits, and ends when nobody comes.
  await inside._onLeave(client, closeCodes.RECONNECT.code);
  // Whether the client has its latest token is not known here.
  client.state = ClientState.LEAVING;
  session.previousRecoveryHash = previousRecoveryHash;
  return { session, hasEnded };
}

/** In the place of a client whose connection was lost with the node that had it: takes what it is sent, and forgets it. */
function absentClient(sessionId: string, room: GameRoom): Client {
  const nothing = () => {};
  return {
    sessionId,
    // Kept here only: who returns is known by the hash of the token that the client has.
    reconnectionToken: room.platform.random.id(),
    state: ClientState.JOINED,
    readyState: WebSocket.CLOSED,
    ref: { removeListener: nothing, terminate: nothing },
    raw: nothing,
    enqueueRaw: nothing,
    send: nothing,
    sendBytes: nothing,
    error: nothing,
    leave: nothing,
  } as unknown as Client;
}
