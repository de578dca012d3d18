/** Plain Colyseus with a shifting world, in a process of its own: what the outbox is measured against. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Room, Server } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { ShiftingWorld, shift, TICKS_PER_SECOND } from './shifting-world.ts';

class PlainRoom extends Room<{ state: ShiftingWorld }> {
  override state = new ShiftingWorld();
  override patchRate = 1_000 / TICKS_PER_SECOND;

  override onCreate(): void {
    shift(this.state);
    this.setSimulationInterval(() => shift(this.state), 1_000 / TICKS_PER_SECOND);
  }
}

const http = createServer();
// No heartbeat: the one who stalls must come to read what was written.
const transport = new WebSocketTransport({ server: http, pingInterval: 0 });
const server = new Server({ transport, greet: false, gracefullyShutdown: false });
server.define('shifting', PlainRoom);
await server.listen(0, '127.0.0.1');
process.send?.({ url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
process.on('disconnect', () => process.exit());
