/** Gatehouse in one process, everything in memory, with rooms of the measurement's own. */
import { memoryPorts } from '../../src/adapters/memory/index.ts';
import { type Environment, readConfig } from '../../src/config.ts';
import { createLog } from '../../src/ops/log.ts';
import type { Rooms } from '../../src/pipeline.ts';
import { type Gatehouse, startServer } from '../../src/server.ts';
import { PRODUCTION } from '../servers/BenchRoom.ts';

export interface ServeOptions {
  readonly rooms: Rooms;
  /** What differs from the settings of the other measurements. */
  readonly env?: Environment;
}

export function serveGatehouse({ rooms, env = {} }: ServeOptions): Promise<Gatehouse> {
  const config = readConfig({ ...PRODUCTION, ...env });
  return startServer({ config, ports: memoryPorts(), rooms, log: createLog(config, 'bench') });
}
