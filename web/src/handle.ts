import type { LobbyState, RoomConnection, WorldState } from '@gatehouse/client';
import type { Point } from './world/Camera.ts';

/**
 * `window.gatehouse`: what the page is doing, for tests and for the console. To
 * look at, not to build on: it may change with every version.
 */
export interface PageHandle {
  /** The connection to the world; null before the first join. */
  readonly world: RoomConnection<WorldState> | null;
  readonly lobby: RoomConnection<LobbyState> | null;
  /** Where the page draws a player just now, in world units: predicted or interpolated. */
  drawn(sessionId: string): Point | undefined;
  /** Where a place of the world is on the page, in CSS pixels. */
  toPage(place: Point): Point;
  /** Frames that were drawn since the page was loaded. */
  readonly frames: number;
}

declare global {
  interface Window {
    readonly gatehouse: PageHandle;
  }
}

/** Read-only: a script that overwrites it is told so. */
export function publishHandle(handle: PageHandle): void {
  Object.defineProperty(window, 'gatehouse', { value: Object.freeze(handle), enumerable: true });
}
