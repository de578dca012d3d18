import type { Client, ClientPrivate } from '@colyseus/core';
import { BATCHES_OPTION, CHECKS_OPTION, closeCodes, keepsSession } from '../../schema/index.ts';
import { fail, GatehouseError } from '../fail.ts';
import { traced } from '../ops/tracing.ts';
import type { PlayerSocket } from '../socket/PlayerSocket.ts';
import type { GameRoom } from './GameRoom.ts';
import { restoreRoom } from './room-snapshot.ts';
import type { Session } from './Session.ts';
import { connectionOf } from './session-state.ts';

type Hook = (...args: never[]) => unknown;
type HookName = 'onCreate' | 'onJoin' | 'onDrop' | 'onReconnect' | 'onLeave' | 'onDispose';

/**
 * Puts the platform's part around the hooks that a room's author wrote. The
 * author's are looked up on the prototype at each call, as Colyseus's plugins
 * wrap them there when the first room of a class is made.
 */
export function installLifecycle(room: GameRoom): void {
  const { sessions, counters, log, announcements, keeper, rooms } = room.platform;

  async function author(name: HookName, ...args: unknown[]): Promise<void> {
    const hook = (Object.getPrototypeOf(room) as Record<HookName, Hook | undefined>)[name];
    await (hook as ((...args: unknown[]) => unknown) | undefined)?.call(room, ...args);
  }

  /** For hooks after which life goes on: a fault of the game must not cost a player the seat. */
  async function guarded(name: HookName, ...args: unknown[]): Promise<void> {
    try {
      await author(name, ...args);
    } catch (error) {
      room.onUncaughtException(error as Error, name);
    }
  }

  async function join(client: Client, options: unknown): Promise<void> {
    const wish = (option: string) => (options as Record<string, unknown> | null)?.[option] === true;
    const takes = { takesBatches: wish(BATCHES_OPTION), takesChecks: wish(CHECKS_OPTION) };
    const session = await sessions.open(client, room, takes);
    if (session.takesChecks) room.checks?.add(session.id);
    room.recovery.add(session);
    keepAllowance(session, client);
    try {
      await author('onJoin', client, options, client.auth);
    } catch (error) {
      throw shown(room, error);
    }
    await sessions.joined(session);
    keeper.seated(room);
    announcements.sessionJoined(room, session);
  }

  const hooks: Record<HookName, (...args: never[]) => Promise<void>> = {
    async onCreate(options: unknown) {
      counters.count('rooms_created', room.roomName);
      room.openMessages();
      await author('onCreate', options);
      const restoration = keeper.restorationOf(room.roomId);
      if (restoration !== undefined) await restoreRoom(room, restoration);
      await keeper.opened(room);
      rooms.add(room);
      announcements.roomCreated(room);
      log.info({ room: room.roomId, roomName: room.roomName }, 'room created');
    },

    onJoin(client: Client, options: unknown) {
      const { roomId, roomName } = room;
      return traced('join', { session: client.sessionId, room: roomId, roomName }, () => join(client, options));
    },

    async onDrop(client: Client, code: number) {
      const session = sessions.get(client.sessionId);
      if (session === undefined) return;
      const ended = endOf(session, code);
      // Whom another page took over from does not come back; that page does.
      const isKept = keepsSession(ended) || ended === closeCodes.TAKEN_OVER.code;
      if (session.state.name === 'joining' || !isKept || windowOf(room) === 0) return;
      // Colyseus keeps no seat for a client that has not confirmed it. One that came back and was lost
      // again before it could confirm would be out: it has confirmed once, and that is enough.
      const { _enqueuedMessages: unconfirmed } = client as Client & ClientPrivate;
      (client as Client & ClientPrivate)._enqueuedMessages = undefined;
      const seat = room.allowReconnection(client, windowOf(room));
      seat.catch(() => {}); // Its end is told by onLeave.
      const saved = sessions.dropped(session, ended, unconfirmed === undefined, () => seat.reject(false));
      await guarded('onDrop', client, ended);
      await saved;
    },

    /** Nothing here may wait for a server: a socket that is lost while Colyseus waits for us takes the seat with it. */
    async onReconnect(client: Client) {
      const session = sessions.get(client.sessionId);
      if (session === undefined) throw fail('SEAT_EXPIRED');
      if (session.takesChecks) room.checks?.add(session.id);
      keepAllowance(session, client);
      sessions.returned(session, client).catch((error) => room.onUncaughtException(error, 'onReconnect'));
      room.recovery.returned(session);
      guarded('onReconnect', client);
    },

    async onLeave(client: Client, code: number) {
      const session = sessions.get(client.sessionId);
      if (session === undefined) return;
      const ended = endOf(session, code);
      room.checks?.remove(session.id);
      room.recovery.remove(session.id);
      await guarded('onLeave', client, ended);
      announcements.sessionLeft(room, session, ended);
      await sessions.gone(session, ended);
    },

    async onDispose() {
      keeper.disposed(room);
      rooms.delete(room);
      await guarded('onDispose');
      if (!room.isElsewhere) announcements.roomDisposed(room);
      log.info({ room: room.roomId, roomName: room.roomName }, 'room disposed');
    },
  };

  for (const name of Object.keys(hooks) as HookName[]) {
    // Not writable: a hook that an author writes as a class field would replace the platform's part in silence.
    Object.defineProperty(room, name, { value: hooks[name], writable: false, configurable: false });
  }
}

/** The code that this server chose counts for more than the one that the socket saw. */
function endOf(session: Session, code: number): number {
  const { state } = session;
  if (state.name === 'dropped') return code === 0 || code === undefined ? closeCodes.SEAT_GONE.code : code;
  return connectionOf(state)?.endedWith ?? code;
}

/** A session has one allowance, however often it returns: a new connection does not refill it. */
function keepAllowance(session: Session, client: Client): void {
  const { guard } = client.ref as PlayerSocket;
  if (guard === undefined) return;
  if (session.allowance === undefined) session.allowance = guard.allowance;
  else guard.continueWith(session.allowance);
}

function windowOf(room: GameRoom): number {
  return room.platform.config.timing.reconnectWindowMs / 1_000;
}

/** What a joining client may see of an error: the catalogue's, and nothing of the game's inside. */
function shown(room: GameRoom, error: unknown): GatehouseError {
  if (error instanceof GatehouseError) return error;
  room.onUncaughtException(error as Error, 'onJoin');
  return fail('INTERNAL_ERROR');
}
