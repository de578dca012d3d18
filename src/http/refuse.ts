import type { Request, Response } from 'express';
import { type ErrorName, errors } from '../../schema/index.ts';
import { GatehouseError } from '../fail.ts';
import type { Gate } from '../gate/Gate.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import type { Refusals } from './route.ts';

export interface RefuseParts {
  readonly gate: Gate;
  readonly counters: Counters;
  readonly log: Logger;
  /** False while something that nodes share is away: what fails then is no fault of ours. */
  readonly isWhole: () => boolean;
}

/** Colyseus's own codes, as a client should see them. */
const FROM_COLYSEUS: Readonly<Record<number, ErrorName>> = {
  520: 'NOT_FOUND', // no such room type, or no such method
  521: 'NOT_FOUND', // no room with these criteria
  522: 'NOT_FOUND', // no room with this id, or it is locked
  524: 'SEAT_EXPIRED',
  525: 'TOKEN_INVALID',
};

/** Answers a request with an error of the catalogue, and counts it as `counter`. `hint`: what to send instead. */
export function refuse(
  { gate, counters, log, isWhole }: RefuseParts,
  { request, response }: { request: Request; response: Response },
  { error, counter, hint }: { error: unknown; counter: Refusals; hint?: string },
): void {
  const { error: name, code, message, data } = error instanceof GatehouseError ? error : translate(error, isWhole());
  counters.count(counter, name);
  // The whole of it, wherever its router is mounted; without the query, in which a token may be.
  const path = `${request.baseUrl}${request.path}`.slice(0, 128);
  if (name === 'INTERNAL_ERROR') {
    log.error({ path, error: error instanceof Error ? error.stack : error }, 'request failed');
  } else {
    log.info({ path, reason: name, address: gate.addressOf(request) }, 'request refused');
  }
  if (response.headersSent) return;
  const { http, retryable } = errors[name];
  const text = hint === undefined ? message : `${message}. ${hint}`;
  response.status(http).json({ code, name, error: text, retryable, ...(data === undefined ? {} : { data }) });
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
