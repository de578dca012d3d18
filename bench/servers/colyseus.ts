/** Plain Colyseus, as its documentation starts it: no authentication, no limits, no sessions. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Client, Room, Server } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { BenchInput, type BenchRoomOptions, BenchState, joinGame, leaveGame, openGame, PING, ping } from '../game.ts';
import { serve } from './serve.ts';

class PlainRoom extends Room<{ state: BenchState; input: BenchInput }> {
  override state = new BenchState();
  override inputs = this.defineInput(BenchInput);

  override onCreate(options: BenchRoomOptions): void {
    // No validation: the fastest that plain Colyseus can be.
    this.onMessage(PING, (_client: Client, { echo }: { echo: number }) => ping(echo));
    openGame(this, options);
  }

  override onJoin(client: Client): void {
    joinGame(this, client);
  }

  override onLeave(client: Client): void {
    leaveGame(this, client);
  }
}

const http = createServer();
const transport = new WebSocketTransport({ server: http });
const server = new Server({ transport, greet: false, gracefullyShutdown: false });
server.define('bench', PlainRoom);
await server.listen(0, '127.0.0.1');
serve({ port: (http.address() as AddressInfo).port });
