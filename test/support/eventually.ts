import { vi } from 'vitest';

/** Resolves with what `check` returns once it no longer throws. The limit is for a machine that is busy; what is asserted is the condition. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 10_000, interval: 5 });
}
