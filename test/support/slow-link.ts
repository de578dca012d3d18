import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A road to a server that a test can make slow or stop, for clients that cannot be told to read slowly. */
export class SlowLink {
  readonly url: string;
  readonly #pairs: ReadonlySet<readonly [Socket, Socket]>;
  readonly #trickles = new Set<NodeJS.Timeout>();

  private constructor(url: string, pairs: ReadonlySet<readonly [Socket, Socket]>) {
    this.url = url;
    this.#pairs = pairs;
  }

  /** Ends with the test that opens it. */
  static async open(serverUrl: string): Promise<SlowLink> {
    const { hostname, port } = new URL(serverUrl);
    const pairs = new Set<readonly [Socket, Socket]>();
    const server = createServer((client) => {
      const upstream = connect(Number(port), hostname);
      const pair = [client, upstream] as const;
      pairs.add(pair);
      client.pipe(upstream);
      upstream.pipe(client);
      for (const socket of pair) {
        socket.on('error', () => {});
        socket.on('close', () => {
          pairs.delete(pair);
          for (const each of pair) each.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
      for (const [client, upstream] of pairs) for (const socket of [client, upstream]) socket.destroy();
    });
    return new SlowLink(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, pairs);
  }

  /** Nothing comes from the server any more; what the client sends goes on. */
  stop(): void {
    for (const [client, upstream] of this.#pairs) {
      upstream.unpipe(client);
      upstream.pause();
    }
  }

  /** As before. */
  go(): void {
    // Beside the pipe, what they read would be written twice.
    this.#endTrickles();
    for (const [client, upstream] of this.#pairs) upstream.pipe(client);
  }

  /** Lets `bytes` of what waits through, every `ms`. */
  trickle(bytes: number, ms: number): void {
    this.stop();
    for (const [client, upstream] of this.#pairs) {
      const timer = setInterval(() => {
        const chunk: Buffer | null = upstream.read(bytes);
        if (chunk !== null && !client.destroyed) client.write(chunk);
      }, ms);
      this.#trickles.add(timer);
    }
    onTestFinished(() => this.#endTrickles());
  }

  #endTrickles(): void {
    for (const timer of this.#trickles) clearInterval(timer);
    this.#trickles.clear();
  }
}
