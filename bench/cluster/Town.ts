/** Two nodes with a lobby full of users each, clients that measure among them. */
import { Child } from '../child.ts';
import { machineMicros } from '../neighbours.ts';
import type { ServerUsage } from '../servers/serve.ts';
import { ownPrefix, type Servers, startServers } from '../servers/start.ts';
import type { CrowdArgs, CrowdCount } from './crowd.ts';
import type { ProbeArgs, ProbeReady } from './probe.ts';
import type { Slice } from './slices.ts';
import type { StageOptions } from './stage.ts';

export interface TownOptions extends StageOptions {
  /** Of each lobby, which takes a thousand. */
  readonly users: number;
  readonly probe: Omit<ProbeArgs, 'ports' | 'natsPort' | 'prefix'>;
}

export class Town implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #nodes: Servers;
  readonly #probe: Child;
  readonly #crowd: Child;
  readonly #services: Child;

  private constructor(stack: AsyncDisposableStack, nodes: Servers, clients: readonly [Child, Child], services: Child) {
    this.#stack = stack;
    this.#nodes = nodes;
    [this.#probe, this.#crowd] = clients;
    this.#services = services;
  }

  static async start({ services, pins, profileInto, users, probe: rest }: TownOptions): Promise<Town> {
    const prefix = ownPrefix();
    const deployment = { nodes: 2, services: services.ready, prefix };
    await using stack = new AsyncDisposableStack();
    const nodes = stack.use(
      await startServers({ side: 'gatehouse', players: 0, deployment, pin: pins.server, profileInto }),
    );
    const ports = [nodes.ports[0]!, nodes.ports[1]!] as const;
    const start = (name: string, args: object) =>
      stack.use(new Child({ entry: new URL(`./${name}.ts`, import.meta.url), args, pin: pins.load }));
    const probe = start('probe', { ...rest, ports, natsPort: services.ready.natsPort, prefix } satisfies ProbeArgs);
    const { lobbies } = await probe.ready<ProbeReady>();
    const left = users - rest.residents;
    const crowd = start('crowd', {
      lobbies: [
        { port: ports[0], roomId: lobbies[0], users: left },
        { port: ports[1], roomId: lobbies[1], users: left - rest.watchers },
      ],
    } satisfies CrowdArgs);
    await crowd.ready();
    return new Town(stack.move(), nodes, [probe, crowd], services.child);
  }

  ask<T>(question: string): Promise<T> {
    return this.#probe.ask<T>(question);
  }

  /** Asks, and says what the machine did meanwhile. */
  async slice<T>(question: string): Promise<Slice<T>> {
    const before = await this.#look();
    const samples = await this.ask<T>(question);
    const after = await this.#look();
    if (after.crowd.closed > 0) throw new Error(`${after.crowd.closed} users lost their connection`);
    const micros = (after.at - before.at) * 1_000;
    return {
      samples,
      nodesBusy: after.nodes.map(({ cpuMicros }, i) => (cpuMicros - before.nodes[i]!.cpuMicros) / micros),
      crowdBusy: (after.crowd.cpuMicros - before.crowd.cpuMicros) / micros,
      servicesBusy: (after.services - before.services) / micros,
      othersBusy: (after.others - before.others) / micros,
      framesPerSecond: ((after.crowd.frames - before.crowd.frames) / micros) * 1_000_000,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #look() {
    const ask = (child: Child) => child.ask<{ cpuMicros: number }>('read');
    const [crowd, probe, services, ...nodes] = await Promise.all([
      this.#crowd.ask<CrowdCount>('read'),
      ask(this.#probe),
      ask(this.#services),
      ...this.#nodes.children.map((node) => node.ask<ServerUsage>('read')),
    ]);
    const ours = [crowd, probe, services, ...nodes].reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);
    return { at: performance.now(), crowd, nodes, services: services.cpuMicros, others: machineMicros() - ours };
  }
}
