/**
 * The part of the Colyseus SDK's Room that the kit holds on to, and nothing
 * more: a test can stand in for it, and a new SDK version can be compared to it.
 */
import type { Room } from '@colyseus/sdk';

/** The SDK's Room with a known state; its room type is the server's business. */
// biome-ignore lint/suspicious/noExplicitAny: `any` is how the SDK says "no server type"; `unknown` closes send() and onMessage().
export type RoomOf<State> = Room<any, State>;

/** What the kit reads of a close event. */
export interface CloseLike {
  readonly code?: number;
  readonly reason?: string;
}

/** Called by the transport for each socket of the connection; read anew for each event. */
export interface SdkConnectionEvents {
  onopen?: ((event: unknown) => unknown) | null;
  onmessage?: ((event: unknown) => unknown) | null;
  onclose?: ((event: CloseLike) => unknown) | null;
  onerror?: ((event: unknown) => unknown) | null;
}

export interface SdkConnection {
  url?: string;
  readonly isOpen: boolean;
  readonly transport: { readonly isOpen: boolean };
  readonly events: SdkConnectionEvents;
  /** Opens a new socket at `url` with these query parameters. */
  reconnect(query: { reconnectionToken: string; skipHandshake?: boolean }): void;
  close(code?: number): void;
}

export interface SdkRoom {
  readonly roomId: string;
  readonly sessionId: string;
  readonly name: string;
  readonly state: unknown;
  /** `roomId:token`; a new one after each return. */
  readonly reconnectionToken: string;
  readonly connection: SdkConnection;
  readonly reconnection: {
    maxRetries: number;
    minDelay: number;
    maxDelay: number;
    minUptime: number;
    backoff: (attempt: number, delay: number) => number;
    /** True from the drop until the server has given the seat back. */
    isReconnecting: boolean;
  };
  readonly onLeave: { invoke(code: number, reason?: string): void };
  onMessage(type: '*', callback: (type: string | number, payload: unknown) => void): () => void;
  onMessage(type: string, callback: (payload: unknown) => void): () => void;
  send(type: string, payload?: unknown): void;
  ping(callback: (ms: number) => void): void;
  leave(consented?: boolean): Promise<number>;
}
