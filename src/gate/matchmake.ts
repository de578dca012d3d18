import { type AuthContext, matchMaker } from '@colyseus/core';
import express, { type Request, type Response, type Router } from 'express';
import { type ErrorName, errors } from '../../schema/index.ts';
import { GatehouseError } from '../fail.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import { bearerOf } from './bearer.ts';
import type { Gate } from './Gate.ts';
import type { Identity } from './identity.ts';

/** Colyseus's own codes, as a joining client should see them. */
const FROM_COLYSEUS: Readonly<Record<number, ErrorName>> = {
  520: 'NOT_FOUND', // no such room type, or no such method
  521: 'NOT_FOUND', // no room with these criteria
  522: 'NOT_FOUND', // no room with this id, or it is locked
  524: 'SEAT_EXPIRED',
  525: 'TOKEN_INVALID',
};

/** What a room's `onAuth` gets. */
export interface JoinContext extends AuthContext {
  /** Of a join that came through the gate. */
  identity?: Identity;
}

export interface MatchmakeParts {
  readonly gate: Gate;
  readonly counters: Counters;
  readonly log: Logger;
  readonly maxBodyBytes: number;
  readonly maxRooms: number;
  /** False while something that nodes share is away: what fails then is no fault of ours. */
  readonly isWhole: () => boolean;
  /** False while a join could end in the wrong room, or nowhere. */
  readonly mayJoin: () => boolean;
}

/** `/matchmake/{method}/{room}`, as every Colyseus SDK calls it, behind the gate. */
export function matchmakeRouter(parts: MatchmakeParts): Router {
  const { gate } = parts;
  const router = express.Router();

  router.use((request, response, next) => {
    try {
      if (request.method === 'POST') gate.admitRequest(request);
      else if (!gate.originAllowed(request)) throw new GatehouseError('ORIGIN_REFUSED');
      allowOrigin(request, response);
      if (request.method === 'OPTIONS') response.status(204).end();
      else next();
    } catch (error) {
      refuse(parts, request, response, error);
    }
  });

  router.use(express.json({ limit: parts.maxBodyBytes, type: () => true, strict: true }));

  router.post('/:method/:roomName', async (request, response) => {
    try {
      response.json(await seat(parts, request));
    } catch (error) {
      refuse(parts, request, response, error);
    }
  });

  // What express.json could not take.
  router.use((error: { type?: string }, request: Request, response: Response, _next: unknown) => {
    const name = error.type === 'entity.too.large' ? 'PAYLOAD_TOO_LARGE' : 'INVALID_REQUEST';
    refuse(parts, request, response, new GatehouseError(name));
  });
  return router;
}

async function seat(parts: MatchmakeParts, request: Request): Promise<object> {
  const { method, roomName } = request.params as { method: string; roomName: string };
  if (matchMaker.state !== matchMaker.MatchMakerState.READY) throw new GatehouseError('UNAVAILABLE');
  // Who returns has a room already.
  if (method !== 'reconnect' && !parts.mayJoin()) throw new GatehouseError('UNAVAILABLE');
  if (!matchMaker.controller.exposedMethods.includes(method)) throw new GatehouseError('NOT_FOUND');
  const mayCreate = method === 'create' || method === 'joinOrCreate';
  if (mayCreate && matchMaker.stats.local.roomCount >= parts.maxRooms) throw new GatehouseError('UNAVAILABLE');
  const options: unknown = request.body ?? {};
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new GatehouseError('INVALID_REQUEST');
  }
  // Colyseus calls this of what the client sent.
  if (Object.hasOwn(options, 'hasOwnProperty')) throw new GatehouseError('INVALID_REQUEST');
  if (method === 'reconnect' && !isSecret((options as { reconnectionToken?: unknown }).reconnectionToken)) {
    throw new GatehouseError('INVALID_REQUEST');
  }
  const token = bearerOf(request);
  const context: JoinContext = { token, ip: parts.gate.addressOf(request), headers: new Headers() };
  // Here and not in the room's onAuth, which Colyseus wraps: its error would lose its data on the way.
  // A return to a session shows a secret of its own; its identity is looked at when the socket opens.
  if (method !== 'reconnect') context.identity = await parts.gate.admitJoin(token);
  return matchMaker.controller.invokeMethod(method, roomName, options, context);
}

function isSecret(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= 128;
}

/** The gate has looked at the origin; now the browser is told. */
function allowOrigin(request: Request, response: Response): void {
  response.vary('Origin');
  const { origin } = request.headers;
  if (origin === undefined) return;
  response.set({
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Allow-Methods': 'POST, OPTIONS',
    'Access-Control-Allow-Headers': 'Content-Type, Authorization, Accept',
    'Access-Control-Max-Age': '600',
  });
}

function refuse(parts: MatchmakeParts, request: Request, response: Response, error: unknown): void {
  const known = error instanceof GatehouseError ? error : translate(error, parts.isWhole());
  const { error: name, code, message, data } = known;
  parts.counters.count('joins_refused', name);
  if (name === 'INTERNAL_ERROR') {
    parts.log.error(
      { path: request.path.slice(0, 128), error: error instanceof Error ? error.stack : error },
      'join failed',
    );
  } else {
    parts.log.info({ reason: name, address: parts.gate.addressOf(request) }, 'join refused');
  }
  if (response.headersSent) return;
  const { http, retryable } = errors[name];
  response.status(http).json({ code, name, error: message, retryable, ...(data === undefined ? {} : { data }) });
}

/** Colyseus wraps what `onAuth` and `onCreate` throw, but keeps the code. */
function translate(error: unknown, isWhole: boolean): GatehouseError {
  const { code, message } = error as { code?: number; message?: string };
  const name = (Object.keys(errors) as ErrorName[]).find((key) => errors[key].code === code);
  if (name !== undefined) return new GatehouseError(name);
  // Colyseus tells these apart by their text only.
  if (message?.endsWith('is locked') || message?.endsWith('is already full.')) return new GatehouseError('ROOM_LOCKED');
  if (/is not available\.$|ipc_timeout|timed out/.test(message ?? '')) return new GatehouseError('UNAVAILABLE');
  return new GatehouseError(FROM_COLYSEUS[code ?? 0] ?? (isWhole ? 'INTERNAL_ERROR' : 'UNAVAILABLE'));
}
