/** One side of a pair: a fresh server and a fresh load, which run only while they are measured. */
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from './child.ts';
import type { LoadArgs, LoadCount } from './load/index.ts';
import type { Pins } from './machine.ts';
import { type Reading, readingOf } from './reading.ts';
import type { ServerReady, ServerUsage } from './servers/serve.ts';
import type { Load, Side } from './workloads.ts';

export interface ContenderOptions {
  readonly side: Side;
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
  readonly #server: Child;
  readonly #crowd: Child;

  private constructor(load: Load, server: Child, crowd: Child) {
    this.#load = load;
    this.#server = server;
    this.#crowd = crowd;
  }

  static async start({ side, load, pins, profileInto }: ContenderOptions): Promise<Contender> {
    const execArgv = profileInto === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', `${profileInto}/${side}`];
    const entry = new URL(`./servers/${side}.ts`, import.meta.url);
    await using begun = new AsyncDisposableStack();
    const server = begun.use(new Child({ entry, args: { players: load.players }, pin: pins.server, execArgv }));
    const { port, tokens } = await server.ready<ServerReady>();
    const args: LoadArgs = { ...load, side, port, tokens };
    const crowd = begun.use(new Child({ entry: new URL('./load/index.ts', import.meta.url), args, pin: pins.load }));
    await crowd.ready();
    begun.move();
    return new Contender(load, server, crowd);
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
    await this.#server[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    await this.#server.ask('run');
    await this.#crowd.ask('run');
  }

  async #rest(): Promise<void> {
    await this.#crowd.ask('rest');
    await this.#server.ask('rest');
    await pause(DRAIN_MS);
  }

  #look(): Promise<[ServerUsage, LoadCount]> {
    return Promise.all([this.#server.ask<ServerUsage>('read'), this.#crowd.ask<LoadCount>('read')]);
  }
}
