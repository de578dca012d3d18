import { z } from 'zod';
import { defineMethods } from './method.ts';

export const rpcMethods = defineMethods({
  'rpc.discover': {
    summary: 'The OpenRPC document of this room: every method that it answers.',
    pure: true,
    params: z.strictObject({}),
    result: z.record(z.string(), z.unknown()),
    rate: { perSecond: 1, burst: 5 },
    cost: 20,
  },
});
