import { z } from 'zod';
import { defineMethods } from './method.ts';

export const stateMethods = defineMethods({
  'state.resync': {
    summary: 'Sends the caller the whole state, in place of what it holds. For who found that to be wrong.',
    params: z.strictObject({}),
    result: z.null(),
    rate: { perSecond: 0.2, burst: 3 },
    cost: 20,
  },
});
