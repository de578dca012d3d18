/** All method tables. A game adds its own namespace here, or keeps a table of its own and names it in its room. */
import { playerMethods, presenceMethods } from './presence.ts';
import { rpcMethods } from './rpc.ts';
import { sessionMethods } from './session.ts';
import { stateMethods } from './state.ts';
import { systemMethods } from './system.ts';
import { worldMethods } from './world.ts';

/** Answered in every room, by the platform. */
export const platformMethods = {
  ...rpcMethods,
  ...systemMethods,
  ...sessionMethods,
  ...stateMethods,
  ...playerMethods,
  ...presenceMethods,
} as const;
export type PlatformMethods = typeof platformMethods;

/** Everything that a client of this server may call; what a room does not serve is METHOD_NOT_FOUND there. */
export const serverMethods = { ...platformMethods, ...worldMethods } as const;
export type ServerMethods = typeof serverMethods;
