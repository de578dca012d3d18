import { Child } from '../child.ts';
import type { CrowdArgs } from './crowd.ts';

/** Starts the process of a crowd; it is ready when all have joined. */
export function crowdOf(args: CrowdArgs, pin: readonly string[]): Child {
  return new Child({ entry: new URL('./crowd.ts', import.meta.url), args, pin });
}
