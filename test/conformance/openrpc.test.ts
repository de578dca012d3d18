import jsonSchema from '@json-schema-tools/meta-schema';
import openrpcDocument from '@open-rpc/meta-schema';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { rooms } from '../../rooms/index.ts';
import { errors, platformMethods, serverMethods } from '../../schema/index.ts';
import { join, startGatehouse } from '../support/gatehouse.ts';
import { rpc } from '../support/rpc.ts';

const server = await startGatehouse();
const ajv = new Ajv({ strict: false, validateFormats: false, validateSchema: false });
// The meta-schema names the JSON Schema one in two spellings.
ajv.addSchema(jsonSchema as object, 'https://meta.json-schema.tools/');
ajv.addSchema({ $ref: 'https://meta.json-schema.tools/' }, 'https://meta.json-schema.tools');
const validate = ajv.compile(openrpcDocument as object);

// biome-ignore lint/suspicious/noExplicitAny: a document is looked at
async function documents(): Promise<any[]> {
  const http = await (await fetch(`${server.url}/openrpc.json`)).json();
  const discovered = [];
  for (const name of Object.keys(rooms)) {
    const room = await join(server.sdk('ada'), name);
    discovered.push((await rpc(room, 'rpc.discover', {})).result);
  }
  return [http, ...discovered];
}

test('RP16 rpc.discover and /openrpc.json are valid by the OpenRPC meta-schema', async () => {
  for (const document of await documents()) {
    validate(document);
    expect(validate.errors).toBeNull();
  }
});

test('RP17 the documents name every method of the tables, with its params, and every error of the catalogue', async () => {
  const [http, ...discovered] = await documents();
  const names = (document: { methods: Array<{ name: string }> }) => document.methods.map(({ name }) => name).sort();
  expect(names(http)).toEqual(Object.keys(serverMethods).sort());
  for (const [i, room] of Object.values(rooms).entries()) {
    expect(names(discovered[i])).toEqual(Object.keys({ ...platformMethods, ...room.methods }).sort());
  }
  const move = http.methods.find(({ name }: { name: string }) => name === 'world.moveMark');
  expect(move.params.map(({ name, required }: { name: string; required: boolean }) => [name, required])).toEqual([
    ['id', true],
    ['x', true],
    ['y', true],
    ['ifVersion', false],
  ]);
  const codes = new Set(Object.values(errors).map(({ code }) => code));
  for (const method of http.methods) {
    for (const error of method.errors) expect(codes).toContain(error.code);
  }
});
