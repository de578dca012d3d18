import { $refId } from '@colyseus/schema';
import { eachSlot, hashOfSlot, type Instance, instanceIn } from './slot.ts';

/**
 * The hash of all that is in a state, as a client holds it: the sum of the hashes of its slots, modulo 2³². Whatever the
 * order of its entries, and however it came to be what it is. A whole number from 0 to 2³² − 1.
 */
export function stateHash(state: Instance): number {
  const seen = new Set<Instance>([state]);
  let sum = 0;
  // It grows while it is walked.
  for (const instance of seen) {
    const refId = instance[$refId]!;
    eachSlot(instance, (key, type, value) => {
      sum = (sum + hashOfSlot(refId, key, type, value)) >>> 0;
      const child = instanceIn(value);
      if (child !== undefined) seen.add(child);
    });
  }
  return sum;
}
