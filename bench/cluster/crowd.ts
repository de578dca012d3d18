/** Most of the users: they sit in their lobby, get every patch, and look at none. */
import { join } from '../load/join.ts';
import { argsFromBench, cpuMicros, serveBench } from '../parent.ts';
import { tokenOf } from '../tokens.ts';

export interface CrowdArgs {
  readonly lobbies: ReadonlyArray<{ readonly port: number; readonly roomId: string; readonly users: number }>;
}

/** Since the process was started. */
export interface CrowdCount {
  /** Milliseconds on a clock of this process. */
  readonly at: number;
  readonly cpuMicros: number;
  readonly frames: number;
  /** Connections that ended. */
  readonly closed: number;
}

/** Joins to one node that run at once. */
const JOINING = 10;

const { lobbies } = argsFromBench<CrowdArgs>();
let frames = 0;
let closed = 0;

// Side by side: each node is busy with its own.
await Promise.all(lobbies.map(fill));
serveBench({}, { read: (): CrowdCount => ({ at: performance.now(), cpuMicros: cpuMicros(), frames, closed }) });

async function fill({ port, roomId, users }: CrowdArgs['lobbies'][number], lobby: number): Promise<void> {
  for (let first = 0; first < users; first += JOINING) {
    const batch = Array.from({ length: Math.min(JOINING, users - first) }, async (_, i) => {
      const token = tokenOf(`crowd-${lobby}-${first + i}`);
      const socket = await join({ port, path: `joinById/${roomId}`, token }, () => {
        frames += 1;
      });
      socket.on('close', () => {
        closed += 1;
      });
    });
    await Promise.all(batch);
  }
}
