import { type MethodTable, type PlatformMethods, platformMethods } from '../../schema/index.ts';
import type { Config } from '../config.ts';
import { fail } from '../fail.ts';
import type { Clock } from '../ports/clock.ts';
import type { Presence } from '../presence/Presence.ts';
import type { Session } from '../room/Session.ts';
import type { Sessions } from '../room/Sessions.ts';
import { openRpcDocument } from './discover.ts';
import { bindMethods, type Handlers, type Method } from './methods.ts';
import { VERSION } from './version.ts';

export interface PlatformMethodParts {
  readonly nodeId: string;
  readonly config: Config;
  readonly clock: Clock;
  readonly presence: Presence;
  readonly sessions: Sessions;
}

/** A room, as far as the platform's methods need it. */
export interface ServedRoom {
  readonly roomId: string;
  readonly roomName: string;
  readonly clock: { readonly elapsedTime: number };
  /** Sends the whole state to a session that found its own to be wrong. */
  resync(session: Session): void;
  /** The room's own table. */
  readonly methods: MethodTable;
}

/** What every room answers. */
export function servePlatformMethods(parts: PlatformMethodParts, room: ServedRoom): Method[] {
  const { nodeId, config, clock, presence, sessions } = parts;
  let document: Record<string, unknown> | undefined;

  const handlers: Handlers<PlatformMethods> = {
    'rpc.discover': () => {
      document ??= openRpcDocument({ ...platformMethods, ...room.methods }, `Room ${room.roomName}`);
      return document;
    },

    'system.ping': ({ echo }) => (echo === undefined ? { at: clock.now() } : { at: clock.now(), echo }),
    'system.time': () => ({ now: clock.now(), roomTime: Math.max(0, room.clock.elapsedTime) }),
    'system.info': () => ({
      name: 'gatehouse',
      version: VERSION,
      node: nodeId,
      roomId: room.roomId,
      roomName: room.roomName,
      limits: {
        payloadBytes: config.limits.payloadBytes,
        messagesPerSecond: config.limits.messagesPerSecond,
        bytesPerSecond: config.limits.bytesPerSecond,
        batch: config.limits.batch,
        reconnectWindowMs: config.timing.reconnectWindowMs,
      },
    }),

    'session.get': (_params, { session }) => ({
      id: session.id,
      userId: session.userId,
      name: session.identity.name,
      role: session.identity.role,
      roomId: session.roomId,
      roomName: session.roomName,
      state: session.state.name,
      joinedAt: session.joinedAt,
      expiresAt: session.identity.expiresAt,
      roundTripMs: session.roundTripMs,
    }),
    'session.refresh': async ({ token }, { session }) => ({ expiresAt: await sessions.refresh(session, token) }),

    'state.resync': (_params, { session }) => {
      room.resync(session);
      return null;
    },

    'player.setStatus': async ({ status }, { session }) => {
      await presence.setStatus(session.userId, status);
      return { status };
    },
    'player.get': async ({ userId }, { session }) => {
      const user = await presence.get(userId ?? session.userId);
      if (user === undefined) throw fail('NOT_FOUND');
      return user;
    },

    'presence.list': (query) => presence.list(query),
  };
  return bindMethods(platformMethods, handlers);
}
