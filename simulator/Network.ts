import { Link } from './Link.ts';
import { type Conditions, conditionsOf, type ProfileName } from './profiles.ts';

export interface NetworkOptions {
  /** Decides what is lost and how long what takes. 32 bits of it count. */
  readonly seed: number;
  /** Of each link that has none of its own. Default `perfect`. */
  readonly profile?: ProfileName | Partial<Conditions>;
  /** Links may lead to other machines. Default false: what is slowed and cut by mistake is somebody's. */
  readonly mayLeave?: boolean;
}

export interface LinkTo {
  /** A server; `host` is 127.0.0.1 by default. */
  readonly to: { readonly host?: string; readonly port: number };
  /** Where clients connect instead, on 127.0.0.1. Default: any free one. */
  readonly port?: number;
  readonly profile?: ProfileName | Partial<Conditions>;
}

const THIS_MACHINE = new Set(['127.0.0.1', 'localhost', '::1']);

/**
 * Links that are slow, lose, stall and break, in front of whatever speaks TCP.
 * What happens on one is decided by the seed and the numbers of the link (in the
 * order of `link()`), of the connection and of the segment: never by the clock.
 */
export class Network {
  readonly #options: NetworkOptions;
  readonly #links: Link[] = [];
  #asked = 0;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  get links(): readonly Link[] {
    return this.#links;
  }

  async link({ to: { host = '127.0.0.1', port: toPort }, port = 0, profile }: LinkTo): Promise<Link> {
    if (!this.#options.mayLeave && !THIS_MACHINE.has(host)) throw new Error(`${host} is not this machine`);
    const link = await Link.open({
      to: { host, port: toPort },
      port,
      conditions: conditionsOf(profile ?? this.#options.profile ?? 'perfect'),
      seed: this.#options.seed,
      number: this.#asked++,
    });
    this.#links.push(link);
    return link;
  }

  heal(): void {
    for (const link of this.#links) link.heal();
  }

  async close(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
