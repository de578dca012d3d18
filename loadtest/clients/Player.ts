/** What the two kinds of client have in common. */
import type { Meter } from './Meter.ts';

/** Which room: made anew, by its id, or what matchmaking finds or makes by its name. */
export interface Entrance {
  readonly method: 'create' | 'joinById' | 'joinOrCreate';
  /** A name, or the id. */
  readonly target: string;
}

export interface PlayerParts {
  readonly url: string;
  readonly token: string;
  readonly entrance: Entrance;
  readonly meter: Meter;
  readonly events: PlayerEvents;
  /** Whether this one compares its state with the server's hash of it. The lean client decodes for that. */
  readonly checks: boolean;
}

export interface PlayerEvents {
  /** A payload of JSON-RPC. */
  heard(payload: unknown): void;
  /** The socket is lost, the session waits. */
  dropped(code: number): void;
  /** The seat is taken again; calls may be sent. The state follows. */
  returned(): void;
  /** For good. */
  ended(code: number): void;
  /** The state was compared with what the server says of it. */
  checked(equal: boolean): void;
}

export interface Player {
  readonly roomId: string;
  readonly sessionId: string;
  /** Goes nowhere while the socket is lost. */
  send(payload: object): void;
  /** −127 … 127 on each axis. */
  input(mx: number, my: number): void;
  /** Ends it, in the ordinary way if it can. Resolves when the socket is closed, after two seconds at the latest. */
  leave(): Promise<void>;
}

/** A join that failed, in the words of the server where it had any. */
export class JoinRefused extends Error {}

export const JOIN_MS = 15_000;
export const LEAVE_MS = 2_000;
