import { randomBytes } from 'node:crypto';
import type { Random } from '../../ports/random.ts';

/** The machine's randomness. */
export const systemRandom: Random = {
  number: () => Math.random(),
  id: () => randomBytes(16).toString('base64url').slice(0, 21),
};
