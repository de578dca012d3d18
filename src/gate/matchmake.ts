import { type AuthContext, type IRoomCache, matchMaker } from '@colyseus/core';
import type { Request } from 'express';
import { z } from 'zod';
import { SeatSchema } from '../../schema/index.ts';
import { fail } from '../fail.ts';
import { type ApiPart, route } from '../http/route.ts';
import { bearerOf } from './bearer.ts';
import type { Gate } from './Gate.ts';
import type { Identity } from './identity.ts';

/** What a room's `onAuth` gets. */
export interface JoinContext extends AuthContext {
  /** Of a join that came through the gate. */
  identity?: Identity;
}

export interface MatchmakeParts {
  readonly gate: Gate;
  readonly maxBodyBytes: number;
  readonly maxRooms: number;
  /** False while a join could end in the wrong room, or nowhere. */
  readonly mayJoin: () => boolean;
}

const Params = z.object({
  method: z.enum(['joinOrCreate', 'create', 'join', 'joinById', 'reconnect']),
  target: z.string().describe('A room name; of joinById and reconnect a room id'),
});
/** What the room's `onJoin` gets; of reconnect `{ reconnectionToken }`. */
const Options = z.looseObject({});

/** `/matchmake/{method}/{target}`, as every Colyseus SDK calls it, behind the gate. */
export function matchmakeApi(parts: MatchmakeParts): ApiPart {
  return {
    prefix: '/matchmake',
    door: 'page',
    refusals: 'joins_refused',
    maxBodyBytes: parts.maxBodyBytes,
    routes: [
      route({
        method: 'post',
        path: '/{method}/{target}',
        summary: "Reserves a seat in a room; Colyseus's SDKs do it by themselves. A return needs no token here.",
        params: Params,
        body: Options,
        token: 'optional',
        answers: { 200: { description: 'The seat, which waits for its socket', schema: SeatSchema } },
        errors: ['ROOM_LOCKED', 'SEAT_EXPIRED'],
        handle: ({ request, params, body }) => seat(parts, request, params, body),
      }),
    ],
  };
}

async function seat(
  parts: MatchmakeParts,
  request: Request,
  { method, target }: z.infer<typeof Params>,
  options: Record<string, unknown>,
): Promise<object> {
  if (matchMaker.state !== matchMaker.MatchMakerState.READY) throw fail('UNAVAILABLE');
  // Who returns has a room already.
  if (method !== 'reconnect' && !parts.mayJoin()) throw fail('UNAVAILABLE');
  const mayCreate = method === 'create' || method === 'joinOrCreate';
  if (mayCreate && matchMaker.stats.local.roomCount >= parts.maxRooms) throw fail('UNAVAILABLE');
  // Colyseus calls this of what the client sent.
  if (Object.hasOwn(options, 'hasOwnProperty')) throw fail('INVALID_REQUEST');
  if (method === 'reconnect' && !isSecret(options.reconnectionToken)) throw fail('INVALID_REQUEST');
  const token = bearerOf(request);
  const context: JoinContext = { token, ip: parts.gate.addressOf(request), headers: new Headers() };
  // Here and not in the room's onAuth, which Colyseus wraps: its error would lose its data on the way.
  // A return to a session shows a secret of its own; its identity is looked at when the socket opens.
  if (method !== 'reconnect') context.identity = await parts.gate.admitJoin(token);
  return asOfNow(await matchMaker.controller.invokeMethod(method, target, options, context));
}

/** A seat says where its room is by the listing that was found, and the room may have come here while it was asked. */
function asOfNow(reserved: matchMaker.ISeatReservation): matchMaker.ISeatReservation {
  const room = matchMaker.getLocalRoomById(reserved.roomId);
  // What Colyseus keeps as the truth about it, and private to it.
  const listing = (room as unknown as { _listing: IRoomCache } | undefined)?._listing;
  return listing === undefined
    ? reserved
    : { ...reserved, processId: listing.processId, publicAddress: listing.publicAddress };
}

function isSecret(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= 128;
}
