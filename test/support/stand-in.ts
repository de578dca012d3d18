import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';

/** What was asked. */
export interface Asked {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Stands for a node: keeps what it was asked, answers as it is told, and says back what comes over a WebSocket. */
export class StandIn {
  readonly asked: Asked[] = [];
  /** `cut` ends the connection instead. */
  answer: { readonly status: number } | 'cut' = { status: 200 };
  readonly #server = createServer((request, response) => void this.#take(request, response));
  readonly #sockets = new WebSocketServer({ server: this.#server });

  static async start(): Promise<StandIn> {
    const node = new StandIn();
    node.#sockets.on('connection', (socket, { url, headers }) => {
      node.asked.push({ url: url!, headers, body: '' });
      socket.on('message', (data) => socket.send(data));
    });
    node.#server.listen(0, '127.0.0.1');
    await once(node.#server, 'listening');
    return node;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    // Its health is asked by the balancer, and always good.
    if (request.url!.startsWith('/health')) {
      response.end('{}');
      return;
    }
    this.asked.push({ url: request.url!, headers: request.headers, body });
    if (this.answer === 'cut') request.socket.destroy();
    else response.writeHead(this.answer.status).end('{}');
  }
}
