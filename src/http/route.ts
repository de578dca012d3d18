import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { ErrorName } from '../../schema/index.ts';

/** One request: what was sent has been checked against the route's schemas. */
export interface Call<Params = unknown, Body = unknown> {
  readonly request: Request;
  readonly response: Response;
  readonly params: Params;
  readonly body: Body;
}

export interface Answer {
  readonly description: string;
  /** Of the JSON; without one there is no body. */
  readonly schema?: z.ZodType;
}

/** One operation of the HTTP API: the router and the OpenAPI document are both made of it. */
export interface RouteSpec<P extends z.ZodType, B extends z.ZodType> {
  readonly method: 'get' | 'post' | 'delete';
  /** Below the prefix of its part, as OpenAPI writes it: `/{id}`. */
  readonly path: string;
  readonly summary: string;
  /** Of what stands in braces. What does not fit is NOT_FOUND. */
  readonly params?: P;
  /** Of the JSON body. What does not fit is INVALID_PARAMS. */
  readonly body?: B;
  /** Whether a user's token comes with it: the handler looks at it. Default: none. */
  readonly token?: 'needed' | 'optional';
  /** By HTTP status. The first is what it is answered with, unless its handler sets another. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Its own, beside those of the door, the token and the body. */
  readonly errors?: readonly ErrorName[];
  /** What it resolves with is the JSON of the answer. */
  handle(call: Call<z.output<P>, z.output<B>>): unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: a list of routes that each know their own schemas
export type Route = RouteSpec<any, any>;

/** Keeps the types of a route's schemas for its handler. */
export function route<P extends z.ZodType, B extends z.ZodType>(spec: RouteSpec<P, B>): Route {
  return spec;
}

/** Counters of refusals, by reason. */
export type Refusals = 'joins_refused' | 'sessions_refused' | 'admin_refused' | 'requests_refused';

/** A part of the API: routes below one prefix, behind one door. */
export interface ApiPart {
  readonly prefix: string;
  /**
   * Who may ask at all. `page`: clients, and pages of the origins that are allowed, at the rate of joins. `admin`:
   * tokens with the role admin. `open`: everybody.
   */
  readonly door: 'open' | 'page' | 'admin';
  /** What its refusals are counted as. */
  readonly refusals: Refusals;
  /** The largest body, in bytes. */
  readonly maxBodyBytes?: number;
  readonly routes: readonly Route[];
}
