import { ClientState } from '@colyseus/core';
import type { MovableRoom } from '../../../src/cluster/room-host.ts';
import { Counters } from '../../../src/ops/Counters.ts';
import type { SavedJournal } from '../../../src/room/Journal.ts';
import { type Member, Recovery } from '../../../src/room/Recovery.ts';
import type { Restoration } from '../../../src/room/room-snapshot.ts';
import { readTail, type Tail } from '../../../src/room/Tail.ts';
import type { Snapshot } from '../../../src/state/snapshot.ts';
import { readMessage } from './read-message.ts';
import type { VirtualTime } from './VirtualTime.ts';

/** A connection, as the room's end of it sees it. */
export interface Line {
  send(message: Uint8Array): void;
  /** Ended by the room: its client comes again. */
  end(): void;
}

export interface Seat extends Member {
  line: Line | undefined;
  inFlight: number;
  state: { name: string; since: number };
}

/** What the room keeps: the last input of each player, and all that was ever said, in order. */
export interface Kept {
  readonly inputs: Record<string, number>;
  readonly said: string[];
}

/** Few enough that some players come too late for all of it. */
const JOURNAL = { entries: 40, bytes: 1 << 20, ageMs: 60_000 };

/** A room of the model: Gatehouse's own journal and recovery, and no Colyseus. */
export class FakeRoom implements MovableRoom {
  readonly roomName = 'world';
  readonly roomId: string;
  epoch = 1;
  isElsewhere = false;
  isMoving = false;
  locked = false;
  tail: Tail | undefined;
  kept: Kept = { inputs: {}, said: [] };
  readonly recovery: Recovery<Seat>;
  readonly #time: VirtualTime;

  constructor(roomId: string, time: VirtualTime) {
    this.roomId = roomId;
    this.#time = time;
    const config = { journal: JOURNAL, outbox: { bytes: 1 << 20 } } as never;
    this.recovery = new Recovery<Seat>({
      config,
      clock: time,
      counters: new Counters(),
      onPost: (entry) => this.tail?.said(entry),
    });
  }

  async lock(): Promise<void> {
    this.locked = true;
  }

  async unlock(): Promise<void> {
    this.locked = false;
  }

  seat(id: string): Seat | undefined {
    for (const seat of this.recovery.members()) if (seat.id === id) return seat;
    return undefined;
  }

  sit(id: string, acknowledged?: number): Seat {
    const since = this.#time.now();
    const seat: Seat = {
      id,
      line: undefined,
      get connected() {
        return this.line !== undefined;
      },
      client: { state: ClientState.JOINED } as never,
      acknowledged: 0,
      named: undefined,
      inFlight: 0,
      state: { name: 'dropped', since },
    };
    Object.assign(seat.client, { enqueueRaw: (message: Uint8Array) => seat.line?.send(message) });
    this.recovery.add(seat, acknowledged === undefined ? {} : { acknowledged });
    return seat;
  }

  /** Its client is back: what it has missed first, then what is said from now on. */
  connect(seat: Seat, line: Line): void {
    seat.line?.end();
    seat.line = line;
    seat.state = { name: 'online', since: this.#time.now() };
    const missed: Uint8Array[] = [];
    Object.assign(seat.client, { _enqueuedMessages: missed });
    this.recovery.returned(seat);
    for (const message of missed) line.send(message);
  }

  say(text: string): void {
    this.kept.said.push(text);
    this.recovery.post('world.said', { text }, {});
  }

  snapshot({ isLast = false } = {}): Snapshot {
    const identity = { userId: '', name: '', role: '', tokenId: null, issuedAt: 0, expiresAt: 0 };
    const rest = {
      joinedAt: 0,
      recoveryHash: null,
      previousRecoveryHash: null,
      takesBatches: false,
      takesChecks: false,
    };
    return {
      roomId: this.roomId,
      roomName: this.roomName,
      epoch: this.epoch,
      takenAt: this.#time.now(),
      elapsed: this.#time.monotonic(),
      listing: { locked: this.locked && !this.isMoving, private: false, unlisted: false, metadata: null },
      isLast,
      tail: this.tail?.position ?? 0,
      state: undefined,
      sessions: [...this.recovery.members()].map(({ id, acknowledged }) => ({
        ...rest,
        id,
        identity: { ...identity, userId: id },
        acknowledged,
        answers: [],
      })),
      journal: this.recovery.journal.save(),
      data: structuredClone(this.kept),
    };
  }

  restore({ snapshot, epoch, tail }: Restoration): void {
    this.epoch = epoch;
    const journal = snapshot.journal as SavedJournal;
    const said = readTail(tail).filter((record) => record.kind === 'said');
    this.recovery.restore({ ...journal, entries: [...journal.entries, ...said] }, epoch);
    this.kept = structuredClone(snapshot.data) as Kept;
    for (const { message } of said) this.kept.said.push(readMessage(message).params.text!);
    for (const { id, acknowledged } of snapshot.sessions) this.sit(id, acknowledged);
  }
}
