import type { Child } from '../child.ts';
import type { Pins } from '../machine.ts';
import type { ServicesReady } from '../servers/services.ts';

/** What each part of the measurement gets. */
export interface StageOptions {
  /** Redis and NATS. */
  readonly services: { readonly child: Child; readonly ready: ServicesReady };
  readonly pins: Pins;
  /** Short and rough. */
  readonly quick: boolean;
  /** Folder for CPU profiles of the nodes. */
  readonly profileInto?: string | undefined;
  /** Tells the person who waits how far it is. */
  readonly tell: (progress: string) => void;
}
