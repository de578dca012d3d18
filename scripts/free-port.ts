import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that the system gives to whoever asks for any: one of those may be taken again before it is used. */
const [FIRST, LAST] = [20_000, 32_000];
const TRIES = 100;

/** A port of 127.0.0.1 that nobody listens on. @throws Error when there is none */
export async function freePort(): Promise<number> {
  for (let i = 0; i < TRIES; i++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    const server = createServer();
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    } catch {
      continue; // Taken.
    }
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error(`no port from ${FIRST} to ${LAST} is free`);
}
