/** `ws` alone, as its documentation broadcasts: no rooms, no state, nothing is checked. The least that a server can do. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { ping } from '../game.ts';
import { argsFromBench } from '../parent.ts';
import { beat } from './beat.ts';
import { patchesOf } from './patches.ts';
import { type ServerArgs, serve } from './serve.ts';

const { players, quiet } = argsFromBench<ServerArgs>();
const frames = patchesOf(players);
let turn = 0;

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
server.on('connection', (socket) => {
  socket.on('message', (message) => {
    const { id, echo } = JSON.parse(String(message)) as { id: number; echo: number };
    socket.send(JSON.stringify({ id, result: ping(echo) }));
  });
});
const setRunning = beat(() => {
  if (quiet) return;
  const frame = frames[turn++ % frames.length]!;
  for (const client of server.clients) if (client.readyState === WebSocket.OPEN) client.send(frame);
});
await once(server, 'listening');
serve({ port: (server.address() as AddressInfo).port }, { run: () => setRunning(true), rest: () => setRunning(false) });
