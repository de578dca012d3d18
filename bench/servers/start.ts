/** Servers as child processes: one of a kind, or the nodes of a deployment. */
import { randomBytes } from 'node:crypto';
import { Child } from '../child.ts';
import type { Side } from '../workloads.ts';
import { serverFlags } from './flags.ts';
import type { NodeArgs } from './node.ts';
import type { ServerArgs, ServerReady } from './serve.ts';
import type { ServicesReady } from './services.ts';

/** Several processes. */
export interface DeploymentOptions {
  readonly nodes: number;
  /** What the nodes work together over. Absent: they know nothing of each other. */
  readonly services?: ServicesReady | undefined;
  /** Default: one of its own, so that nobody cleans up after the nodes of another deployment. */
  readonly prefix?: string;
}

export interface ServerOptions {
  readonly side: Side;
  readonly players: number;
  /** Default: no. */
  readonly quiet?: boolean;
  /** Absent: one process on its own, everything in memory. */
  readonly deployment?: DeploymentOptions | undefined;
  /** Command that pins to a core. */
  readonly pin: readonly string[];
  /** Folder for CPU profiles. */
  readonly profileInto?: string | undefined;
}

export interface Servers extends AsyncDisposable {
  readonly children: readonly Child[];
  readonly ports: readonly number[];
}

export async function startServers(options: ServerOptions): Promise<Servers> {
  const { side, deployment, pin, profileInto } = options;
  const kind = deployment?.services === undefined ? side : 'node';
  const entry = new URL(`./${kind}.ts`, import.meta.url);
  const execArgv = serverFlags(kind, profileInto);
  await using begun = new AsyncDisposableStack();
  const children = argsOf(options).map((args) => begun.use(new Child({ entry, args, pin, execArgv })));
  const ready = await Promise.all(children.map((child) => child.ready<ServerReady>()));
  const all = begun.move();
  return {
    children,
    ports: ready.map(({ port }) => port),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function argsOf({ players, quiet = false, deployment = { nodes: 1 } }: ServerOptions): Array<NodeArgs | ServerArgs> {
  const { nodes, services, prefix = ownPrefix() } = deployment;
  const args = services === undefined ? { players, quiet } : { ...services, prefix };
  return Array.from({ length: nodes }, () => args);
}

export function ownPrefix(): string {
  return `bench-${randomBytes(6).toString('hex')}`;
}
