/** The machine, as a result must name it, and how its cores are shared out. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly os: string;
  readonly node: string;
  readonly pinned: boolean;
}

/** Commands that put server and load on cores of their own; empty where that is not possible. */
export interface Pins {
  readonly server: readonly string[];
  readonly load: readonly string[];
}

export function pins(): Pins {
  const [first, ...others] = allowedCores();
  const last = others.at(-1);
  const works = last !== undefined && spawnSync('taskset', ['-c', String(last), 'true']).status === 0;
  if (!works) return { server: [], load: [] };
  // The server away from the first core, which gets most interrupts.
  return { server: ['taskset', '-c', String(last)], load: ['taskset', '-c', String(first)] };
}

export function machine({ server }: Pins): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    node: process.version,
    pinned: server.length > 0,
  };
}

export function machineLine({ cpu, cores, memoryGiB, os, node, pinned }: Machine): string {
  const where = pinned ? 'server and load each on a core of its own' : 'server and load not pinned';
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${os}, Node ${node}; ${where}.`;
}

/** From Linux's own list, such as `0-3,8`; elsewhere nothing is pinned. */
function allowedCores(): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
    return list.split(',').flatMap((part) => {
      const [from = 0, to = from] = part.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
  } catch {
    return [];
  }
}
