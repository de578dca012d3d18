/** A fresh server with a fresh crowd, of which only the measured one runs. */
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from '../child.ts';
import { machineMicros } from '../neighbours.ts';
import { type Look, type Reading, readingOf } from '../reading.ts';
import type { ServerUsage } from '../servers/serve.ts';
import { startServers } from '../servers/start.ts';
import type { Side as Kind, Load } from '../workloads.ts';
import type { CrowdArgs, CrowdCount } from './crowd.ts';
import type { StageOptions } from './stage.ts';

const SETTLE_MS = 250;
const DRAIN_MS = 50;
const CROWD = new URL('./crowd.ts', import.meta.url);

export interface SideOptions extends Pick<StageOptions, 'pins' | 'profileInto'> {
  readonly side: Kind;
  readonly load: Load;
}

/** Starts the process of a crowd; it is ready when all have joined. */
export function crowdOf(args: CrowdArgs, pin: readonly string[]): Child {
  return new Child({ entry: CROWD, args, pin });
}

/**
 * What `Contender` is to the other workloads. That one hands the tokens of all players to its load in one argument,
 * which the system takes up to 128 KiB of: a thousand are more. This crowd signs its own.
 */
export class Side implements AsyncDisposable {
  readonly #load: Load;
  readonly #server: Child;
  readonly #crowd: Child;
  readonly #stack: AsyncDisposableStack;

  private constructor(load: Load, server: Child, crowd: Child, stack: AsyncDisposableStack) {
    this.#load = load;
    this.#server = server;
    this.#crowd = crowd;
    this.#stack = stack;
  }

  static async start({ side, load, pins, profileInto }: SideOptions): Promise<Side> {
    await using stack = new AsyncDisposableStack();
    const servers = stack.use(await startServers({ side, players: 0, pin: pins.server, profileInto }));
    const { players, inputsPerSecond, rooms: count = 1 } = load;
    const rooms = { create: 'bench', count };
    const crowd = stack.use(
      crowdOf({ port: servers.ports[0]!, rooms, players, name: 'p', inputsPerSecond }, pins.load),
    );
    await crowd.ready();
    return new Side(load, servers.children[0]!, crowd, stack.move());
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
    await this.#stack.disposeAsync();
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

  async #look(): Promise<Look> {
    const usage = this.#server.ask<ServerUsage>('read');
    const count = this.#crowd.ask<CrowdCount>('read');
    return [await usage, await count, machineMicros()];
  }
}
