import {
  BUS_VERSION,
  nodeEnvelope,
  type RoomEnvelope,
  roomEnvelope,
  subjectOfNode,
  subjectOfRoom,
} from '../../schema/bus/index.ts';
import { TokenBucket } from '../gate/token-bucket.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventBus } from '../ports/event-bus.ts';
import type { NodeState } from '../ports/nodes.ts';

/** Room events of one node; more are dropped. */
export const ROOM_EVENT_RATE = { perSecond: 2_000, burst: 4_000 };
/** What begins with these the platform says itself. */
const PLATFORM_EVENTS = /^(room|session)\./;

export interface AnnouncementsParts {
  readonly nodeId: string;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly counters: Counters;
}

interface RoomName {
  readonly roomId: string;
  readonly roomName: string;
}

/**
 * Tells services what happens in rooms, and nodes what becomes of this one.
 * Nothing waits for it and nothing fails with it.
 *
 * Counted: `room_events:told`, `room_events:untold` (the bus is away, or the
 * event is larger than it takes), `room_events:limited`.
 */
export class Announcements {
  readonly #parts: AnnouncementsParts;
  readonly #rate: TokenBucket;

  constructor(parts: AnnouncementsParts) {
    this.#parts = parts;
    this.#rate = new TokenBucket(ROOM_EVENT_RATE, parts.clock.monotonic());
  }

  /** For the game. @throws TypeError when the event is of the platform's names, or what it carries is no JSON that the bus takes */
  ofGame(room: RoomName, event: string, data?: unknown): void {
    if (PLATFORM_EVENTS.test(event)) throw new TypeError(`${event} is an event of the platform`);
    this.#room(room, event, data);
  }

  roomCreated(room: RoomName): void {
    this.#room(room, 'room.created');
  }

  roomDisposed(room: RoomName): void {
    this.#room(room, 'room.disposed');
  }

  sessionJoined(room: RoomName, session: { id: string; userId: string }): void {
    this.#room(room, 'session.joined', { sessionId: session.id, userId: session.userId });
  }

  /** `code`: of the close-code catalogue. */
  sessionLeft(room: RoomName, session: { id: string; userId: string }, code: number): void {
    this.#room(room, 'session.left', { sessionId: session.id, userId: session.userId, code });
  }

  nodeIs(state: NodeState | 'gone'): void {
    const { nodeId, bus } = this.#parts;
    const envelope = nodeEnvelope.written.parse({ v: BUS_VERSION, nodeId, data: { state } });
    // Whoever misses it sees the registry.
    bus.publish(subjectOfNode(nodeId, 'state'), envelope).catch(() => {});
  }

  #room({ roomId, roomName }: RoomName, event: string, data?: unknown): void {
    const { bus, clock, counters } = this.#parts;
    const envelope: RoomEnvelope = { v: BUS_VERSION, event, roomId, roomName, ...(data === undefined ? {} : { data }) };
    const checked = roomEnvelope.written.safeParse(envelope);
    if (!checked.success) throw new TypeError(`event ${event}: ${checked.error.issues[0]?.message}`);
    if (!this.#rate.take(clock.monotonic())) {
      counters.count('room_events', 'limited');
      return;
    }
    bus.publish(subjectOfRoom(roomId), envelope).then(
      () => counters.count('room_events', 'told'),
      () => counters.count('room_events', 'untold'),
    );
  }
}
