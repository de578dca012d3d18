import type { Redis } from 'ioredis';

/**
 * ioredis that is told not to ask for INFO takes a socket for ready that was closed while it said its name, and does not
 * connect any more, as it believes to be connected. What this returns is called again and again: at the second time that
 * it finds the client so, the client connects anew.
 */
export function reviver(client: Redis): () => void {
  let seen: unknown;
  return () => {
    const isStuck = client.status === 'ready' && client.stream.destroyed;
    if (isStuck && seen === client.stream) {
      client.status = 'end';
      // It goes on trying by itself.
      client.connect().catch(() => {});
    }
    seen = isStuck ? client.stream : undefined;
  };
}
