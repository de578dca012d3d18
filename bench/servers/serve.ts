/** What either server answers to the bench. */
import { setRunning } from '../game.ts';
import { type Answers, cpuMicros, serveBench } from '../parent.ts';

export interface ServerReady {
  readonly port: number;
  /** One for each player, where the server asks for them. */
  readonly tokens: readonly string[];
}

export interface ServerUsage {
  /** Milliseconds on a clock of this process. */
  readonly at: number;
  readonly cpuMicros: number;
  readonly memoryBytes: number;
}

export function serve(ready: ServerReady, more: Answers = {}): void {
  serveBench(ready, {
    run: () => setRunning(true),
    rest: () => setRunning(false),
    read: (): ServerUsage => ({
      at: performance.now(),
      cpuMicros: cpuMicros(),
      memoryBytes: process.memoryUsage.rss(),
    }),
    ...more,
  });
}
