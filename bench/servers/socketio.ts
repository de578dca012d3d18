/** Socket.IO, as its documentation starts it, with a room and an event for the frames, and acknowledgements for calls. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { PING, ping } from '../game.ts';
import { argsFromBench } from '../parent.ts';
import { beat } from './beat.ts';
import { patchesOf } from './patches.ts';
import { type ServerArgs, serve } from './serve.ts';

const ROOM = 'bench';

interface Calls {
  [PING]: (params: { echo: number }, answer: (result: ReturnType<typeof ping>) => void) => void;
}
interface Events {
  frame: (bytes: Buffer) => void;
}

const { players, quiet } = argsFromBench<ServerArgs>();
const frames = patchesOf(players);
let turn = 0;

const http = createServer();
const io = new Server<Calls, Events>(http, { serveClient: false, transports: ['websocket'] });
io.on('connection', (socket) => {
  socket.join(ROOM);
  socket.on(PING, ({ echo }, answer) => answer(ping(echo)));
});
const setRunning = beat(() => {
  if (!quiet) io.to(ROOM).emit('frame', frames[turn++ % frames.length]!);
});
http.listen(0, '127.0.0.1');
await once(http, 'listening');
serve({ port: (http.address() as AddressInfo).port }, { run: () => setRunning(true), rest: () => setRunning(false) });
