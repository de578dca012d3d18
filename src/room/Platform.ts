import type { Announcements } from '../cluster/Announcements.ts';
import type { RoomKeeper } from '../cluster/RoomKeeper.ts';
import type { ServiceMethods } from '../cluster/services.ts';
import type { Config } from '../config.ts';
import type { Gate } from '../gate/Gate.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Presence } from '../presence/Presence.ts';
import type { Method } from '../rpc/methods.ts';
import type { ServedRoom } from '../rpc/platform-methods.ts';
import type { GameRoom } from './GameRoom.ts';
import type { Listings } from './Listings.ts';
import type { Sessions } from './Sessions.ts';

/** What stands behind a room. Rooms use `clock`, `random`, `presence`, `listings`, `services` and `log`. */
export interface Platform {
  readonly nodeId: string;
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly counters: Counters;
  readonly gate: Gate;
  readonly sessions: Sessions;
  readonly presence: Presence;
  readonly listings: Listings;
  /** The rooms of this node. */
  readonly rooms: Set<GameRoom>;
  /** Handlers for methods that services serve. */
  readonly services: ServiceMethods;
  readonly announcements: Announcements;
  readonly keeper: RoomKeeper;
  /** The platform's own methods, for one room. */
  methodsFor(room: ServedRoom): Method[];
}

let current: Platform | undefined;

/**
 * Colyseus's matchmaker is one a process and makes rooms by `new`, without
 * arguments; so the platform behind them is one a process, too.
 */
export function usePlatform(platform: Platform): void {
  current = platform;
}

export function platformOfProcess(): Platform {
  if (current === undefined) throw new TypeError('no platform: rooms are made by a started server only');
  return current;
}
