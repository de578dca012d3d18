import { expect } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import { Balancer, freeAddress } from './balancer.ts';
import type { Cluster, NodeProcess } from './cluster.ts';
import { eventually } from './eventually.ts';

const ENV = {
  MAX_CONNECTIONS_PER_ADDRESS: '1000',
  JOINS_PER_ADDRESS: '10000',
  STATE_CHECK: '1',
  TRUST_PROXY: '1',
};

/** Two nodes behind HAProxy, as deploy/haproxy.cfg has them: each can be ended, and started again where it was. */
export class Front {
  readonly url: string;
  readonly cluster: Cluster;
  readonly #address: string;
  readonly #ports: readonly number[];
  readonly #nodes: Array<NodeProcess | undefined> = [undefined, undefined];

  private constructor(cluster: Cluster, address: string, ports: readonly number[]) {
    this.cluster = cluster;
    this.#address = address;
    this.#ports = ports;
    this.url = `http://${address}`;
  }

  static async open(cluster: Cluster, onEnd: (end: () => Promise<void>) => void): Promise<Front> {
    const front = new Front(cluster, await freeAddress(), [await freePort(), await freePort()]);
    const [n1, n2] = front.#ports.map((port) => `127.0.0.1:${port}`) as [string, string];
    const balancer = await Balancer.haproxy({ address: front.#address, nodes: [n1, n2] });
    onEnd(() => balancer.clear());
    return front;
  }

  node(which: 0 | 1): NodeProcess {
    return this.#nodes[which]!;
  }

  async start(which: 0 | 1): Promise<void> {
    const publicAddress = `${this.#address}/n${which + 1}`;
    const env = { ...ENV, PORT: String(this.#ports[which]), PUBLIC_ADDRESS: publicAddress };
    this.#nodes[which] = await this.cluster.node(env);
    // Until HAProxy has seen it, too. Of a path of their own the nodes know no such page.
    for (const path of ['', `/n${which + 1}`]) {
      await eventually(async () => expect((await fetch(`${this.url}${path}/health/ready`)).status).not.toBe(503));
    }
  }
}
