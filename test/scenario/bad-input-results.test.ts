import type { Room } from '@colyseus/core';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { defineMethods, errors } from '../../schema/index.ts';
import { GameRoom, type Handlers } from '../../src/index.ts';
import { watchProcess } from '../support/bystander.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { dataFrame, RawClient } from '../support/raw-client.ts';
import { packed } from '../support/rpc-values.ts';

/** A game whose methods hand back what they get, as a relay of a team's own format may. */
const relayMethods = defineMethods({
  'relay.now': { summary: '', params: z.strictObject({ value: z.unknown() }), result: z.unknown() },
  'relay.later': { summary: '', params: z.strictObject({ value: z.unknown() }), result: z.unknown() },
});

class RelayRoom extends GameRoom<object, typeof relayMethods> {
  static override methods = relayMethods;
  override handlers: Handlers<typeof relayMethods> = {
    'relay.now': ({ value }) => value,
    'relay.later': async ({ value }) => value,
  };
}

const server = await startGatehouse(
  {},
  { rooms: { relay: RelayRoom as unknown as typeof RelayRoom & (new () => Room) } },
);
const faults = watchProcess();

afterEach(() => expect(faults).toEqual([]));

/**
 * Found by the fuzzer, in its own encoder: msgpackr takes a map with a key
 * called `constructor` for an object of a class, and calls its `toJSON`. Such a
 * value that came as data and goes out again throws when it is sent: nobody is
 * answered, and from a late handler it is an unhandled rejection.
 */
const methods = Object.keys(relayMethods);
test.each(methods)('BI70 a result that cannot be encoded is INTERNAL_ERROR: %s', async (method) => {
  const client = await RawClient.join(server.url, server.token('relay'), { room: 'relay' });
  const request = (id: number, value: unknown) => ({ jsonrpc: '2.0', id, method, params: { value } });
  client.send(dataFrame('rpc', packed(request(1, { constructor: 1, toJSON: 1 }))));
  client.send(dataFrame('rpc', packed([request(2, 'fine'), request(3, { constructor: 1, toJSON: 'x' })])));
  client.send(dataFrame('rpc', packed(request(4, 'fine'))));
  expect(await client.answer((payload) => payload.id === 4)).toMatchObject({ result: 'fine' });
  expect(await client.answer((payload) => payload.id === 1)).toMatchObject({
    error: { code: errors.INTERNAL_ERROR.code },
  });
  expect(await client.answer(Array.isArray)).toBeDefined();
  client.cut();
});
