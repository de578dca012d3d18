import { vi } from 'vitest';

/** Resolves once `check` no longer throws. The limit is for a machine that is busy; what is asserted is the condition. */
export function eventually(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000, interval: 5 });
}
