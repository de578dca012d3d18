/** One side: a fresh server and a fresh load, which run only while they are measured. */
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from './child.ts';
import type { LoadArgs, LoadCount } from './load/index.ts';
import type { Pins } from './machine.ts';
import { machineMicros } from './neighbours.ts';
import { type Look, type Reading, readingOf } from './reading.ts';
import type { ServerUsage } from './servers/serve.ts';
import { type DeploymentOptions, type Servers, startServers } from './servers/start.ts';
import type { Load, Side } from './workloads.ts';

/** Who is measured. */
export interface Contestant {
  readonly side: Side;
  /** Several nodes, or one with Redis and NATS; absent: a single process. */
  readonly deployment?: DeploymentOptions;
}

export interface ContenderOptions extends Contestant {
  readonly load: Load;
  readonly pins: Pins;
  /** Folder for CPU profiles of the server. */
  readonly profileInto?: string | undefined;
}

/** How long the first frames of a slice are not counted: queues and timers find their pace. */
const SETTLE_MS = 250;
/** How long after a slice its last frames and replies may still be on their way. */
const DRAIN_MS = 50;

export class Contender implements AsyncDisposable {
  readonly #load: Load;
  readonly #servers: Servers;
  readonly #crowd: Child;

  private constructor(load: Load, servers: Servers, crowd: Child) {
    this.#load = load;
    this.#servers = servers;
    this.#crowd = crowd;
  }

  static async start(options: ContenderOptions): Promise<Contender> {
    const { side, load, pins } = options;
    await using begun = new AsyncDisposableStack();
    const { players, callsInFlight, rooms = 1 } = load;
    const quiet = callsInFlight > 0;
    const servers = begun.use(await startServers({ ...options, players, quiet, pin: pins.server }));
    const { ports } = servers;
    const doors = Array.from({ length: rooms }, (_, room) => ports[room % ports.length]!);
    const args: LoadArgs = { ...load, side, ports: doors };
    const crowd = begun.use(new Child({ entry: new URL('./load/index.ts', import.meta.url), args, pin: pins.load }));
    await crowd.ready();
    begun.move();
    return new Contender(load, servers, crowd);
  }

  /** Runs until the code is compiled and the memory is warm. */
  async warmUp(ms: number): Promise<void> {
    await this.#run();
    await pause(ms);
    await this.#rest();
  }

  /** @throws BadSlice when what happened says nothing about the server */
  async slice(ms: number): Promise<Reading> {
    await this.#run();
    await pause(SETTLE_MS);
    const before = await this.#look();
    await pause(ms);
    const after = await this.#look();
    await this.#rest();
    return readingOf(this.#load, before, after);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The crowd first, or the server spends its end on lost connections.
    await this.#crowd[Symbol.asyncDispose]();
    await this.#servers[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    await this.#askServers('run');
    await this.#crowd.ask('run');
  }

  async #rest(): Promise<void> {
    await this.#crowd.ask('rest');
    await this.#askServers('rest');
    await pause(DRAIN_MS);
  }

  async #look(): Promise<Look> {
    const usages = this.#askServers<ServerUsage>('read');
    const count = this.#crowd.ask<LoadCount>('read');
    return [together(await usages), await count, machineMicros()];
  }

  #askServers<T>(question: string): Promise<T[]> {
    return Promise.all(this.#servers.children.map((child) => child.ask<T>(question)));
  }
}

/** Of processes that were asked at once: their clocks do not begin alike, so what counts is how far they get on. */
function together(usages: readonly ServerUsage[]): ServerUsage {
  const sum = (of: (usage: ServerUsage) => number) => usages.reduce((total, usage) => total + of(usage), 0);
  return {
    at: sum(({ at }) => at) / usages.length,
    cpuMicros: sum(({ cpuMicros }) => cpuMicros),
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
  };
}
