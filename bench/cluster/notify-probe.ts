/** Notifications of a service, which knows NATS and nothing else, to players on whatever node. */
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { BUS_ROOT, BUS_VERSION, subjectOfNotify } from '../../schema/bus/index.ts';
import type { Message } from './Player.ts';
import { type Pace, pace } from './pace.ts';

export interface NotifyProbeOptions {
  readonly natsPort: number;
  readonly prefix: string;
  /** In turn, so each gets an even share. */
  readonly userIds: readonly string[];
}

export interface NotifySamples {
  /** Milliseconds from before it was published to its frame, decoded. */
  readonly latencies: readonly number[];
}

export interface NotifyTotals {
  readonly published: number;
  /** That no player has got. */
  readonly lost: number;
}

const METHOD = 'bench.notice';
/** A node listens for a user from a moment after the join. */
const LISTENING_MS = 500;
const DRAIN_MS = 400;
const LAST_MS = 1_000;

export class NotifyProbe {
  readonly #options: NotifyProbeOptions;
  #nats: NatsConnection | undefined;
  readonly #sentAt: number[] = [];
  #latencies: number[] = [];
  #heard = 0;

  constructor(options: NotifyProbeOptions) {
    this.#options = options;
  }

  /** What a player has got. */
  hear({ method, params }: Message): void {
    const sentAt = method === METHOD ? this.#sentAt[params?.n as number] : undefined;
    if (sentAt === undefined) return;
    this.#heard += 1;
    this.#latencies.push(performance.now() - sentAt);
  }

  async begin(): Promise<object> {
    this.#nats = await connect({ servers: `127.0.0.1:${this.#options.natsPort}` });
    await pause(LISTENING_MS);
    return {};
  }

  async slice(rate: Pace): Promise<NotifySamples> {
    const { prefix, userIds } = this.#options;
    const subjects = userIds.map((userId) => subjectOfNotify(userId).replace(BUS_ROOT, prefix));
    await pace(rate, () => {
      const n = this.#sentAt.push(performance.now()) - 1;
      const text = JSON.stringify({ v: BUS_VERSION, method: METHOD, params: { n } });
      this.#nats?.publish(subjects[n % subjects.length]!, text);
    });
    await pause(DRAIN_MS);
    const latencies = this.#latencies;
    this.#latencies = [];
    return { latencies };
  }

  /** Of all slices. */
  async end(): Promise<NotifyTotals> {
    await this.#nats?.drain();
    await pause(LAST_MS);
    return { published: this.#sentAt.length, lost: this.#sentAt.length - this.#heard };
  }
}
