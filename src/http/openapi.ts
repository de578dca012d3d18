import { z } from 'zod';
import { type ErrorName, errors } from '../../schema/index.ts';
import { VERSION } from '../rpc/version.ts';
import type { ApiPart, Route } from './route.ts';

type Json = Record<string, unknown>;

/** What a door can refuse with. */
const OF_DOOR: Readonly<Record<ApiPart['door'], readonly ErrorName[]>> = {
  open: [],
  page: ['ORIGIN_REFUSED', 'RATE_LIMITED'],
  admin: ['ORIGIN_REFUSED', 'RATE_LIMITED', 'FORBIDDEN'],
};
const OF_TOKEN: readonly ErrorName[] = [
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
  'UNAVAILABLE',
];
const OF_BODY: readonly ErrorName[] = ['INVALID_REQUEST', 'INVALID_PARAMS', 'PAYLOAD_TOO_LARGE'];

/** The OpenAPI 3.1 document of the parts that a server serves: what `/openapi.json` answers. */
export function openApiDocument(parts: readonly ApiPart[]): Json {
  const paths: Record<string, Json> = {};
  for (const part of parts) {
    for (const route of part.routes) {
      const path = `${part.prefix}${route.path}`;
      paths[path] = { ...paths[path], [route.method]: operationOf(route, part) };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Gatehouse',
      version: VERSION,
      description:
        'The HTTP API of a Gatehouse server. What is said over sockets is in /openrpc.json; the page at / and the ' +
        'monitor at /monitor are for browsers, and not in here.',
    },
    paths,
    components: {
      schemas: { Error: ERROR },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: "The user's token" },
        admin: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token with the role admin' },
      },
    },
  };
}

const ERROR: Json = {
  type: 'object',
  description: 'An error of the catalogue (docs/api.md).',
  required: ['code', 'name', 'error'],
  properties: {
    code: { type: 'integer' },
    name: { enum: Object.keys(errors) },
    error: { type: 'string', description: 'For a developer: begins with the name' },
    retryable: { type: 'boolean', description: 'The same request may succeed later' },
    data: { description: 'Depends on the error: of RATE_LIMITED, `retryAfterMs`; of INVALID_PARAMS, `issues`' },
  },
};

function operationOf(route: Route, { door, prefix }: ApiPart): Json {
  const { method, path, summary, params, body, token } = route;
  const security = door === 'admin' ? [{ admin: [] }] : token && [{ token: [] }];
  return {
    operationId: `${method}${`${prefix}${path}`.replace(/[^a-z0-9]+(\w?)/gi, (_all, next) => next.toUpperCase())}`,
    summary,
    ...(security && { security: token === 'optional' ? [{}, ...security] : security }),
    ...(params && { parameters: parametersOf(params) }),
    ...(body && { requestBody: { required: true, content: jsonOf(schemaOf(body, 'input')) } }),
    responses: { ...answersOf(route), ...refusalsOf(errorsOf(route, door)) },
  };
}

function parametersOf(params: z.ZodObject): Json[] {
  return Object.entries(params.shape).map(([name, schema]) => {
    const { description, ...rest } = schemaOf(schema as z.ZodType, 'input');
    return { name, in: 'path', required: true, ...(description !== undefined && { description }), schema: rest };
  });
}

function answersOf({ answers }: Route): Json {
  const entries = Object.entries(answers).map(([status, { description, schema }]) => [
    status,
    { description, ...(schema && { content: jsonOf(schemaOf(schema, 'output')) }) },
  ]);
  return Object.fromEntries(entries);
}

function errorsOf({ errors: own = [], token, body, params }: Route, door: ApiPart['door']): Set<ErrorName> {
  return new Set([
    ...own,
    ...OF_DOOR[door],
    ...(token !== undefined || door === 'admin' ? OF_TOKEN : []),
    ...(body === undefined ? [] : OF_BODY),
    ...(params === undefined ? [] : (['NOT_FOUND', 'INVALID_REQUEST'] as const)),
    'INTERNAL_ERROR',
  ]);
}

/** Several errors may have one status. */
function refusalsOf(names: Iterable<ErrorName>): Json {
  const byStatus = Map.groupBy(names, (name) => errors[name].http);
  const entries = [...byStatus].map(([status, those]) => [
    status,
    {
      description: those.map((name) => `${name}: ${errors[name].message}.`).join(' '),
      content: jsonOf({
        allOf: [{ $ref: '#/components/schemas/Error' }, { properties: { name: { enum: those } } }],
      }),
    },
  ]);
  return Object.fromEntries(entries);
}

const jsonOf = (schema: Json): Json => ({ 'application/json': { schema } });

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io }) as Json;
  return rest;
}
