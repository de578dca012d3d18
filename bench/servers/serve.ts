/** What a server answers to the bench. */
import { setRunning } from '../game.ts';
import { type Answers, cpuMicros, serveBench } from '../parent.ts';

/** What a single process is started with. */
export interface ServerArgs {
  readonly players: number;
  /** Nothing is sent by itself; rooms are told so by who makes them. */
  readonly quiet: boolean;
}

export interface ServerReady {
  readonly port: number;
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
