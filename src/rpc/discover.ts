import { z } from 'zod';
import { COMMON_ERRORS, type ErrorName, errors, type MethodSpec, type MethodTable } from '../../schema/index.ts';
import { VERSION } from './version.ts';

/** The OpenRPC 1.3 document of a table: what `rpc.discover` and `/openrpc.json` answer. */
export function openRpcDocument(table: MethodTable, title: string): Record<string, unknown> {
  return {
    openrpc: '1.3.2',
    info: {
      title,
      version: VERSION,
      description: 'Methods of a Gatehouse server: JSON-RPC 2.0 in room messages of type "rpc".',
    },
    methods: Object.entries(table).map(([name, spec]) => methodObject(name, spec)),
  };
}

function methodObject(name: string, spec: MethodSpec): Record<string, unknown> {
  const required = new Set(inputSchema(spec.params).required as string[] | undefined);
  const names: ErrorName[] = [...new Set([...(spec.errors ?? []), ...COMMON_ERRORS])];
  return {
    name,
    summary: spec.summary,
    paramStructure: 'either',
    params: Object.entries(spec.params.shape).map(([param, schema]) => ({
      name: param,
      required: required.has(param),
      schema: inputSchema(schema as z.ZodType),
    })),
    result: { name: 'result', schema: z.toJSONSchema(spec.result, { target: 'draft-7', io: 'output' }) },
    errors: names.map((error) => ({ code: errors[error].code, message: errors[error].message })),
  };
}

function inputSchema(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }) as Record<string, unknown>;
}
