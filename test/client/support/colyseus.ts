import type { Server as HttpServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { type Client, Room, Server, ServerError } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { LobbyState, LobbyUser } from '@gatehouse/schema';

interface Request {
  id?: number;
  method: string;
  params: { echo?: string };
}

/** A plain Colyseus room that speaks just enough Gatehouse for the kit. */
export class TalkRoom extends Room<{ state: LobbyState }> {
  static latest: TalkRoom | undefined;
  override state = new LobbyState();
  override autoDispose = true;
  readonly heard: string[] = [];
  readonly rpcTokens: string[] = [];
  /** What the server does with the next reconnect, before it gives the seat back. */
  beforeReturn: () => Promise<void> = async () => {};

  override onCreate(): void {
    TalkRoom.latest = this;
    this.setPatchRate(10);
    this.onMessage('rpc', (client: Client, { id, method, params }: Request) => {
      this.heard.push(`${method}:${params.echo ?? ''}`);
      const result = { at: 1, echo: params.echo ?? '' };
      if (method === 'system.ping' && params.echo !== 'never') client.send('rpc', { jsonrpc: '2.0', id, result });
    });
    this.onMessage('note', (_client: Client, note: string) => this.heard.push(`note:${note}`));
  }

  static override async onAuth(token: string): Promise<{ token: string }> {
    if (token.startsWith('bad')) {
      throw new ServerError(401, 'TOKEN_INVALID: The token is not valid here');
    }
    return { token };
  }

  override onJoin(client: Client): void {
    this.state.users.set(client.sessionId, new LobbyUser().assign({ name: 'me', status: 'online' }));
  }

  override async onDrop(client: Client): Promise<void> {
    this.allowReconnection(client, 30).catch(() => {});
  }

  override async onReconnect(): Promise<void> {
    await this.beforeReturn();
  }

  get client(): Client {
    return this.clients[0] as Client;
  }
}

export interface TestServer {
  readonly url: string;
  /** The road to the server: what runs over it can be cut. */
  readonly road: Road;
  readonly addresses: string[];
  close(): Promise<void>;
}

/** Bytes in, bytes out; can be cut as a network is. */
export class Road {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #open = true;
  /** While true nothing passes, and nobody is told. */
  #silent = false;

  constructor(target: number) {
    this.#server = net.createServer((from) => {
      if (!this.#open) {
        from.destroy();
        return;
      }
      const to = net.connect(target, '127.0.0.1');
      for (const [a, b] of [
        [from, to],
        [to, from],
      ] as const) {
        this.#sockets.add(a);
        a.on('data', (data) => {
          if (!this.#silent) b.write(data);
        });
        a.on('error', () => {});
        a.on('close', () => {
          this.#sockets.delete(a);
          b.destroy();
        });
      }
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts what there is, and refuses what comes until `mend`. */
  cut(): void {
    this.#open = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Loses everything on the sockets that are open, and closes none. */
  silence(): void {
    this.#silent = true;
  }

  mend(): void {
    this.#open = true;
    this.#silent = false;
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}

export async function startServer(): Promise<TestServer> {
  const addresses: string[] = [];
  const transport = new WebSocketTransport({});
  const server = new Server({ transport, greet: false, gracefullyShutdown: false });
  server.define('talk', TalkRoom);
  const http = transport.server as HttpServer;
  http.on('upgrade', (request) => addresses.push(request.url ?? ''));
  await server.listen(0, '127.0.0.1');
  const road = new Road((http.address() as AddressInfo).port);
  const url = `ws://127.0.0.1:${await road.listen()}`;
  return {
    url,
    road,
    addresses,
    close: async () => {
      road.close();
      await server.gracefullyShutdown(false);
    },
  };
}
