import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { natsEventBus } from '../../src/adapters/nats/index.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import { PlayerNotifications } from '../../src/cluster/notify.ts';
import { ServiceMethods } from '../../src/cluster/services.ts';
import { Counters } from '../../src/ops/Counters.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { RequestBus } from '../../src/ports/event-bus.ts';
import type { Session } from '../../src/room/Session.ts';

/** Comes back fast, so that a test need not wait. */
export const EAGER = { reconnectTimeWait: 20, reconnectJitter: 20, reconnectJitterTLS: 20 };

type BusOptions = Parameters<typeof natsEventBus>[0];

/** A bus that ends with the test, and what it reported. */
export async function openBus(options: BusOptions) {
  const foreign: string[] = [];
  const dropped: string[] = [];
  const errors: Array<{ error: unknown; subject: string }> = [];
  const bus = await natsEventBus({
    ...EAGER,
    onForeign: (subject) => foreign.push(subject),
    onDropped: (subject) => dropped.push(subject),
    onError: (error, subject) => errors.push({ error, subject }),
    ...options,
  });
  onTestFinished(() => bus.close());
  return { bus, foreign, dropped, errors };
}

export interface Delivered {
  readonly userId: string;
  readonly method: string;
  readonly params: object;
}

/** What a node makes of its bus for its players. `online` says how many sessions get a notification. */
export function desk(bus: RequestBus, { clock = systemClock as Clock, online = (_userId: string): number => 1 } = {}) {
  const counters = new Counters();
  const delivered: Delivered[] = [];
  const faults: unknown[] = [];
  const notifications = new PlayerNotifications({
    bus,
    clock,
    counters,
    deliver(userId, method, params) {
      delivered.push({ userId, method, params });
      return online(userId);
    },
    onFault: (error) => faults.push(error),
  });
  const services = new ServiceMethods({
    bus,
    random: systemRandom,
    counters,
    onFault: (method, problem) => faults.push(`${method}: ${problem}`),
  });
  return { counters, delivered, faults, notifications, services };
}

/** As much of a session as a call to a service needs. */
export function sessionOf(userId: string): Session {
  return {
    id: `session-of-${userId}`,
    userId,
    roomId: 'room-1',
    roomName: 'world',
    identity: { userId, name: 'Ada', role: 'player' },
    methodRates: new Map(),
    ended: new AbortController(),
    inFlight: 0,
  } as unknown as Session;
}

/** A program in plain JavaScript, run by this Node. Ends with the test. Resolves when it has printed its first line. */
export async function startProgram(path: string, env: Record<string, string>, args: string[] = []): Promise<Program> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`../../${path}`, import.meta.url)), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const program = new Program(child);
  onTestFinished(() => program.end('SIGKILL'));
  await program.line();
  return program;
}

export class Program {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  }

  /** The next line that it prints. @throws when it ends before */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the program ended with ${this.#child.exitCode}`);
    return value;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill(signal);
    await once(this.#child, 'exit');
  }
}
