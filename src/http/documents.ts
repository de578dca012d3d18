import { z } from 'zod';
import type { MethodTable } from '../../schema/index.ts';
import { openRpcDocument } from '../rpc/discover.ts';
import { openApiDocument } from './openapi.ts';
import { type ApiPart, route } from './route.ts';

const Document = z.looseObject({});

/** What the server says of itself: its methods, and its HTTP API, of which this is a part. */
export function documentsApi(methods: MethodTable, others: readonly ApiPart[]): ApiPart {
  const part: ApiPart = {
    prefix: '',
    door: 'open',
    refusals: 'requests_refused',
    routes: [
      route({
        method: 'get',
        path: '/openrpc.json',
        summary: 'Every method that clients may call over a socket.',
        answers: { 200: { description: 'An OpenRPC document', schema: Document } },
        handle: () => openRpcDocument(methods, 'Gatehouse'),
      }),
      route({
        method: 'get',
        path: '/openapi.json',
        summary: 'This document.',
        answers: { 200: { description: 'An OpenAPI document', schema: Document } },
        handle: () => openApi,
      }),
    ],
  };
  const openApi = openApiDocument([...others, part]);
  return part;
}
