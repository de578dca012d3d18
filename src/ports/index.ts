import type { Clock } from './clock.ts';
import type { Directory } from './directory.ts';
import type { RequestBus } from './event-bus.ts';
import type { MatchmakingStore } from './matchmaking.ts';
import type { NodeRegistry } from './nodes.ts';
import type { Random } from './random.ts';
import type { Revocations } from './revocations.ts';
import type { RoomStore } from './room-store.ts';
import type { SessionStore } from './session-store.ts';

/** Everything that the platform needs from outside. `main.ts` chooses the adapters. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: RequestBus;
  readonly sessions: SessionStore;
  readonly revocations: Revocations;
  readonly directory: Directory;
  readonly nodes: NodeRegistry;
  readonly roomStore: RoomStore;
  readonly matchmaking: MatchmakingStore;
  /** What must be in reach for this node to take players. */
  readonly checks?: ReadonlyArray<{ readonly name: string; isReady(): boolean }>;
  /** Ends what the ports share. Called after each of them was closed. */
  close?(): Promise<void>;
}
